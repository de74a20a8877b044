//! How far one call has followed the records of tokens.

use crate::rotation::Fingerprint;
use crate::secret::RefreshJwt;

/// The records that one call follows at most. Within a rotation grace there are few, and records that were tampered with could
/// otherwise lead in a circle.
const MOST_HOPS: usize = 16;

/// The records that a call has followed.
#[derive(Default)]
pub(crate) struct Walk {
    seen: Vec<(Fingerprint, Vec<u8>)>,
}

impl Walk {
    /// The record of this token that the call has seen. It has come back because the record was of no use, so it is passed over.
    pub(super) fn passed_over(&self, token: &RefreshJwt) -> Vec<u8> {
        let token = Fingerprint::of(token.expose());
        let last = self.seen.iter().rev().find(|(seen, _)| *seen == token);
        last.map(|(_, sealed)| sealed.clone()).unwrap_or_default()
    }

    /// The call follows the record of this token; false when it has followed as many as it may.
    pub(super) fn follow(&mut self, token: &RefreshJwt, sealed: Vec<u8>) -> bool {
        if self.seen.len() >= MOST_HOPS {
            return false;
        }
        self.seen.push((Fingerprint::of(token.expose()), sealed));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_was_seen_is_passed_over() {
        let (mut walk, one, other) = (Walk::default(), RefreshJwt::from("a"), RefreshJwt::from("b"));
        assert!(walk.passed_over(&one).is_empty());
        assert!(walk.follow(&one, vec![1]) && walk.follow(&other, vec![2]) && walk.follow(&one, vec![3]));
        assert_eq!((walk.passed_over(&one), walk.passed_over(&other)), (vec![3], vec![2]));
    }

    #[test]
    fn sixteen_records_are_followed() {
        let mut walk = Walk::default();
        let followed = (0..20).filter(|number: &u8| walk.follow(&RefreshJwt::from(number.to_string()), vec![*number]));
        assert_eq!(followed.count(), 16);
    }
}
