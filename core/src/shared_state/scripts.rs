//! What Redis does in one step, as scripts, and what their replies mean. Each has three keys: the record of a token, its lock, and
//! the reads that present it, by the time until when they count.

use super::connection::Reply;

/// Gives the record, unless it is the one to pass over. Otherwise takes the lock if it is free, and gives 1, or 3 while reads
/// present the token; or gives for how long it is held still. A command that is sent again finds its own lock.
///
/// Arguments: the owner, the time until the lock expires in milliseconds, the record to pass over, and 1 to pass over any.
pub(super) const ACQUIRE: &str = "local record = redis.call('GET', KEYS[1])\n\
    if record and record ~= ARGV[3] and ARGV[4] ~= '1' then return {2, record} end\n\
    if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) or redis.call('GET', KEYS[2]) == ARGV[1] then\n\
    local time = redis.call('TIME')\n\
    local reads = redis.call('ZCOUNT', KEYS[3], time[1] * 1000 + time[2] / 1000, '+inf')\n\
    return {reads > 0 and 3 or 1, record or ''} end\n\
    return {0, redis.call('PTTL', KEYS[2])}";

/// What [`LOOK`] does, for a read that is about to present the token: where nothing stands in the way, it is listed.
///
/// Arguments: the record to pass over, the read, and for how long it counts, in milliseconds.
pub(super) const READ: &str = "local record = redis.call('GET', KEYS[1])\n\
    if record and record ~= ARGV[1] then return {2, record} end\n\
    local rest = redis.call('PTTL', KEYS[2])\n\
    if rest > 0 then return {0, rest} end\n\
    local time = redis.call('TIME')\n\
    redis.call('ZADD', KEYS[3], time[1] * 1000 + time[2] / 1000 + ARGV[3], ARGV[2])\n\
    if redis.call('PTTL', KEYS[3]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[3], ARGV[3]) end\n\
    return {1, record or ''}";

/// A read is over. It counts no more, or for as long as its request may still be on its way.
///
/// Arguments: the read, and how long that is in milliseconds, or 0.
pub(super) const READ_OVER: &str = "if ARGV[2] == '0' then return {redis.call('ZREM', KEYS[3], ARGV[1]), ''} end\n\
    local time = redis.call('TIME')\n\
    redis.call('ZADD', KEYS[3], 'XX', time[1] * 1000 + time[2] / 1000 + ARGV[2], ARGV[1])\n\
    return {1, ''}";

/// How many reads present the token.
pub(super) const READS: &str = "local time = redis.call('TIME')\n\
    return {redis.call('ZCOUNT', KEYS[3], time[1] * 1000 + time[2] / 1000, '+inf'), ''}";

/// Gives the record, unless it is the one to pass over; otherwise 1 when the lock is free, or for how long it is held still.
///
/// Argument: the record to pass over.
pub(super) const LOOK: &str = "local record = redis.call('GET', KEYS[1])\n\
    if record and record ~= ARGV[1] then return {2, record} end\n\
    local rest = redis.call('PTTL', KEYS[2])\n\
    if rest > 0 then return {0, rest} end\n\
    return {1, record or ''}";

/// Releases the lock if it is held by the owner, and stores a record. A record that is there already stays, unless it is the one
/// that the owner passed over and the lock was held all the time. Gives 1 or, when the lock was lost, 0, and the record that
/// stays.
///
/// The lock goes first: a Redis that is full refuses the record alone.
///
/// Arguments: the owner, the record that was passed over, the new record or nothing, and the time until it expires in
/// milliseconds.
pub(super) const RELEASE: &str = "local held = redis.call('GET', KEYS[2]) == ARGV[1]\n\
    if held then redis.call('DEL', KEYS[2]) end\n\
    local record = redis.call('GET', KEYS[1])\n\
    if record and record ~= ARGV[3] and not (held and record == ARGV[2]) then return {held and 1 or 0, record} end\n\
    if ARGV[3] ~= '' then redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end\n\
    return {held and 1 or 0, ''}";

/// Stores the mark that the user signed out, unless another token has succeeded this one: then gives its record.
///
/// Arguments: the record to pass over, the mark, and the time until it expires in milliseconds.
pub(super) const END: &str = "local record = redis.call('GET', KEYS[1])\n\
    if record and record ~= ARGV[1] then return {2, record} end\n\
    redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])\n\
    return {1, ''}";

/// The reply of [`ACQUIRE`], [`LOOK`], [`READ`] and [`END`].
pub(super) enum Found {
    /// The lock is held by another one.
    Held,
    /// Nothing stands in the way; the record that was passed over, or nothing.
    Free(Vec<u8>),
    /// The record.
    Record(Vec<u8>),
    /// The lock is taken, and reads present the token still; the record that was passed over, or nothing.
    Reads(Vec<u8>),
}

impl Found {
    pub(super) fn read(reply: Reply) -> Option<Self> {
        let Reply(number, bytes) = reply;
        match number {
            0 => Some(Self::Held),
            1 => Some(Self::Free(bytes)),
            2 => Some(Self::Record(bytes)),
            3 => Some(Self::Reads(bytes)),
            _ => None,
        }
    }
}
