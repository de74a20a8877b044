//! Numbers that look random and are the same in every run.

/// The number at a place of the sequence that belongs to a seed, evenly distributed (the finalizer of SplitMix64).
fn number(seed: u64, place: u64) -> u64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut number = seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(place.wrapping_add(1).wrapping_mul(STEP));
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Whether an event of this probability happens at a place of the sequence.
pub(crate) fn happens(probability: f64, seed: u64, place: u64) -> bool {
    // 32 bits fit a float exactly.
    let share = f64::from(u32::try_from(number(seed, place) >> 32).unwrap_or(u32::MAX)) / (f64::from(u32::MAX) + 1.0);
    share < probability
}

/// The number from 0 to `most` at a place of the sequence.
pub(crate) fn up_to(most: u32, seed: u64, place: u64) -> u32 {
    let range = u64::from(most) + 1;
    u32::try_from(number(seed, place) % range).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_happen_as_often_as_they_are_probable() {
        for seed in 0..20 {
            let hits = (0..10_000).filter(|&place| happens(0.02, seed, place)).count();
            assert!((140..=260).contains(&hits), "seed {seed}: {hits}");
            assert!((0..1_000).all(|place| happens(1.0, seed, place)));
        }
    }

    #[test]
    fn seeds_choose_other_places() {
        let places = |seed| (0..1_000).filter(|&place| happens(0.1, seed, place)).collect::<Vec<_>>();
        assert_eq!(places(1), places(1));
        assert_ne!(places(1), places(2));
    }

    #[test]
    fn numbers_reach_both_ends_of_their_range() {
        let numbers: Vec<u32> = (0..1_000).map(|place| up_to(9, 0, place)).collect();
        assert_eq!((numbers.iter().min(), numbers.iter().max()), (Some(&0), Some(&9)));
        assert_eq!(up_to(0, 0, 0), 0);
    }
}
