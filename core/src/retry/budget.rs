//! The retry budget limits the share of retries among the calls.

/// At most one retry for every five calls in the long run, and ten in a burst, so that retries add little load during an
/// outage.
#[derive(Debug)]
pub(crate) struct Budget {
    tokens: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { tokens: Self::BURST }
    }
}

impl Budget {
    const BURST: f64 = 10.0;
    const SHARE: f64 = 0.2;

    /// Every call adds to the budget.
    pub(crate) fn deposit(&mut self) {
        self.tokens = (self.tokens + Self::SHARE).min(Self::BURST);
    }

    /// Every retry takes from the budget. Returns false when not enough is left.
    pub(crate) fn withdraw(&mut self) -> bool {
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_allows_a_burst_and_then_a_fifth() {
        let mut budget = Budget::default();
        let mut retries = 0;
        for _ in 0..1000 {
            budget.deposit();
            retries += u32::from(budget.withdraw());
        }
        assert!((200..=210).contains(&retries), "{retries}");
    }
}
