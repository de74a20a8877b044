//! Who goes next among the calls that present one chain of refresh tokens. Pure: waking is all that it does to others.
//!
//! * One exchange runs at a time, in the order in which they were requested.
//! * Reads run together, and not beside an exchange: the service may take a read for a reuse of the token that the exchange
//!   has just replaced. Reads that had to wait for an exchange go before the next one.
//! * A read that was left without a response may still be on its way: an exchange gives it a moment to arrive.
//! * A sign-out goes before the exchanges that wait.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Fingerprint;

/// The number of a call in its lane.
pub(super) type Ticket = u64;

/// The tenant that a call switches to, as a fingerprint; none for a call that keeps it.
pub(super) type Switch = Option<Fingerprint>;

/// Wakes a call when its turn comes; nothing when it may run at once.
pub(super) type Wake = Option<Arc<Notify>>;

/// The calls of one chain.
#[derive(Default)]
pub(super) struct Lane {
    /// The exchange or sign-out that runs.
    running: Option<Ticket>,
    exchanges: VecDeque<Waiting>,
    sign_outs: VecDeque<Waiting>,
    /// Reads that run.
    reads: usize,
    held_reads: Vec<Waiting>,
    /// Wakes the exchange that waits for the reads to end.
    reads_ended: Option<Arc<Notify>>,
    /// Until when a read that was left without a response may still arrive at the service.
    unfinished_until: Option<Instant>,
}

struct Waiting {
    ticket: Ticket,
    /// The tenant that the call switches to.
    switch: Switch,
    wake: Arc<Notify>,
}

impl Waiting {
    fn new(ticket: Ticket, switch: Switch) -> Self {
        Self { ticket, switch, wake: Arc::default() }
    }
}

impl Lane {
    pub(super) fn enter_exchange(&mut self, ticket: Ticket, switch: Switch) -> Wake {
        if self.running.is_none() {
            self.running = Some(ticket);
            return None;
        }
        push(&mut self.exchanges, Waiting::new(ticket, switch))
    }

    pub(super) fn enter_sign_out(&mut self, ticket: Ticket) -> Wake {
        if self.running.is_none() {
            self.running = Some(ticket);
            return None;
        }
        push(&mut self.sign_outs, Waiting::new(ticket, None))
    }

    pub(super) fn enter_read(&mut self, ticket: Ticket) -> Wake {
        if self.running.is_none() {
            self.reads = self.reads.saturating_add(1);
            return None;
        }
        let waiting = Waiting::new(ticket, None);
        let wake = Arc::clone(&waiting.wake);
        self.held_reads.push(waiting);
        Some(wake)
    }

    /// Whether a call that requests the same as this exchange may share it.
    ///
    /// The last switch requested has to be the last one made. So a switch that waits moves behind those to other tenants, and
    /// one that runs is not shared when one to another tenant waits.
    pub(super) fn join_exchange(&mut self, ticket: Ticket, switch: Switch) -> bool {
        // A call that comes after a sign-out must not get what was requested before it.
        if !self.sign_outs.is_empty() {
            return false;
        }
        let other = |waiting: &Waiting| waiting.switch.is_some() && waiting.switch != switch;
        let Some(last) = self.exchanges.iter().rposition(other).filter(|_| switch.is_some()) else { return true };
        match self.exchanges.iter().position(|waiting| waiting.ticket == ticket) {
            Some(place) if place < last => {
                if let Some(waiting) = self.exchanges.remove(place) {
                    self.exchanges.push_back(waiting);
                }
                true
            }
            Some(_) => true,
            None => false,
        }
    }

    /// An exchange or a sign-out ended, or left before its turn.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        if self.running == Some(ticket) {
            self.running = None;
            self.reads_ended = None;
            self.advance();
            return;
        }
        self.exchanges.retain(|waiting| waiting.ticket != ticket);
        self.sign_outs.retain(|waiting| waiting.ticket != ticket);
    }

    pub(super) fn leave_read(&mut self, ticket: Ticket) {
        let held = self.held_reads.len();
        self.held_reads.retain(|waiting| waiting.ticket != ticket);
        if self.held_reads.len() < held {
            return;
        }
        self.reads = self.reads.saturating_sub(1);
        if self.reads == 0
            && let Some(ended) = self.reads_ended.take()
        {
            ended.notify_one();
        }
    }

    /// A read left that was sent, and has no response: it may arrive at the service until then.
    pub(super) fn leave_unfinished(&mut self, until: Instant) {
        self.unfinished_until = self.unfinished_until.max(Some(until));
    }

    /// Until when reads that left may still arrive.
    pub(super) fn unfinished_until(&self) -> Option<Instant> {
        self.unfinished_until
    }

    /// What wakes the running exchange when no read runs any more; nothing when none does.
    pub(super) fn reads_ended(&mut self) -> Wake {
        (self.reads > 0).then(|| Arc::clone(self.reads_ended.get_or_insert_default()))
    }

    fn advance(&mut self) {
        if let Some(next) = self.sign_outs.pop_front() {
            return self.run(&next);
        }
        for read in std::mem::take(&mut self.held_reads) {
            self.reads = self.reads.saturating_add(1);
            read.wake.notify_one();
        }
        if let Some(next) = self.exchanges.pop_front() {
            self.run(&next);
        }
    }

    fn run(&mut self, next: &Waiting) {
        self.running = Some(next.ticket);
        next.wake.notify_one();
    }
}

fn push(queue: &mut VecDeque<Waiting>, waiting: Waiting) -> Wake {
    let wake = Arc::clone(&waiting.wake);
    queue.push_back(waiting);
    Some(wake)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn to(tenant: &str) -> Switch {
        Some(Fingerprint::of(tenant))
    }

    /// Whether the turn has come.
    fn has_come(wake: &Wake) -> bool {
        wake.as_ref().is_none_or(|wake| wake.notified().now_or_never().is_some())
    }

    #[test]
    fn exchanges_run_one_after_the_other_in_the_order_of_the_calls() {
        let mut lane = Lane::default();
        let turns: Vec<_> = (1..=4).map(|ticket| lane.enter_exchange(ticket, to("T1"))).collect();
        assert_eq!(turns.iter().map(has_come).collect::<Vec<_>>(), [true, false, false, false]);
        lane.leave(3);
        lane.leave(1);
        assert!(has_come(&turns[1]) && !has_come(&turns[3]));
        lane.leave(2);
        assert!(has_come(&turns[3]));
    }

    #[test]
    fn reads_run_together_and_not_beside_an_exchange() {
        let mut lane = Lane::default();
        let reads = [lane.enter_read(1), lane.enter_read(2)];
        assert!(reads.iter().all(has_come));
        assert!(has_come(&lane.enter_exchange(3, None)), "it has the turn, and waits for the reads");
        let ended = lane.reads_ended();
        let held = lane.enter_read(4);
        assert!(!has_come(&held));
        lane.leave_read(1);
        assert!(ended.is_some() && !has_come(&ended));
        lane.leave_read(2);
        assert!(has_come(&ended) && lane.reads_ended().is_none());
        let next = lane.enter_exchange(5, None);
        lane.leave(3);
        assert!(has_come(&held) && has_come(&next));
        assert!(lane.reads_ended().is_some(), "the read that was held goes first");
    }

    #[test]
    fn a_read_that_leaves_while_it_is_held_counts_no_more() {
        let mut lane = Lane::default();
        lane.enter_exchange(1, None);
        lane.enter_read(2);
        lane.leave_read(2);
        lane.leave(1);
        assert_eq!(lane.reads, 0);
    }

    #[test]
    fn a_read_that_was_left_without_a_response_may_still_arrive() {
        let (mut lane, now) = (Lane::default(), Instant::now());
        let later = now + std::time::Duration::from_secs(1);
        assert_eq!(lane.unfinished_until(), None);
        lane.leave_unfinished(later);
        lane.leave_unfinished(now);
        assert_eq!(lane.unfinished_until(), Some(later));
    }

    #[test]
    fn a_sign_out_goes_before_exchanges_and_reads_that_wait() {
        let mut lane = Lane::default();
        lane.enter_exchange(1, None);
        let (exchange, read, sign_out) = (lane.enter_exchange(2, None), lane.enter_read(3), lane.enter_sign_out(4));
        lane.leave(1);
        assert!(has_come(&sign_out) && !has_come(&exchange) && !has_come(&read));
        lane.leave(4);
        assert!(has_come(&exchange) && has_come(&read));
    }

    #[test]
    fn the_last_switch_requested_is_the_last_one_made() {
        let mut lane = Lane::default();
        lane.enter_exchange(1, to("T1"));
        assert!(lane.join_exchange(1, to("T1")), "no other switch waits");
        let (second, third) = (lane.enter_exchange(2, to("T2")), lane.enter_exchange(3, to("T1")));
        assert!(!lane.join_exchange(1, to("T1")), "it would not be the last one made");
        assert!(lane.join_exchange(2, to("T2")), "it moves behind the third");
        lane.leave(1);
        assert!(has_come(&third) && !has_come(&second));
        assert!(!lane.join_exchange(3, to("T1")));
        lane.leave(3);
        assert!(has_come(&second));
    }

    #[test]
    fn nothing_is_shared_while_a_sign_out_waits() {
        let mut lane = Lane::default();
        lane.enter_exchange(1, None);
        lane.enter_sign_out(2);
        assert!(!lane.join_exchange(1, None));
    }

    #[test]
    fn a_switch_is_shared_while_others_to_its_tenant_wait() {
        let mut lane = Lane::default();
        lane.enter_exchange(1, to("T1"));
        lane.enter_exchange(2, to("T1"));
        lane.enter_exchange(3, None);
        assert!(lane.join_exchange(1, to("T1")));
    }

    #[test]
    fn a_refresh_may_be_shared_wherever_it_is() {
        let mut lane = Lane::default();
        lane.enter_exchange(1, None);
        lane.enter_exchange(2, to("T1"));
        lane.enter_exchange(3, None);
        assert!(lane.join_exchange(1, None) && lane.join_exchange(3, None));
    }
}
