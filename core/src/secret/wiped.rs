//! A buffer of bytes that is wiped when it is dropped.

use std::ops::{Deref, DerefMut};

/// Bytes that are wiped when their owner is dropped. A buffer that grows leaves copies behind, so it should be allocated with
/// the capacity that it needs.
#[derive(Default)]
pub(crate) struct Wiped(Vec<u8>);

impl Wiped {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }
}

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Deref for Wiped {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// Overwrites the whole buffer with zeros, its spare capacity included.
///
/// `Zeroize` writes a `Vec` byte by byte, each with a volatile write. Here the bytes are written at once, and the barrier of the
/// same crate keeps the compiler from omitting the writes.
pub(super) fn wipe(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.resize(buffer.capacity(), 0);
    zeroize::optimization_barrier(buffer.as_slice());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_capacity_is_overwritten() {
        let mut buffer = Vec::with_capacity(64);
        buffer.extend_from_slice(b"a token, of which the end is cut off");
        buffer.truncate(7);
        let (at, capacity) = (buffer.as_ptr(), buffer.capacity());
        wipe(&mut buffer);
        assert!(buffer.as_ptr() == at && buffer.len() == capacity, "nothing was moved");
        assert!(buffer.iter().all(|byte| *byte == 0));
    }
}
