//! Counts requests in fixed windows.

use super::settings::RateLimit;

/// The current window and its count.
#[derive(Debug, Default)]
pub(crate) struct RateWindow {
    began: i64,
    used: u32,
}

impl RateWindow {
    /// Counts a request. When it exceeds the limit, returns the seconds until the next window.
    pub(crate) fn count(&mut self, limit: &RateLimit, now: i64) -> Result<(), i64> {
        let length = i64::from(limit.window_seconds);
        if self.began + length <= now || now < self.began {
            *self = Self { began: now, used: 0 };
        }
        if self.used >= limit.limit {
            return Err(self.began + length - now);
        }
        self.used += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_allows_its_limit_and_then_returns_the_wait() {
        let limit = RateLimit::new(2, 10);
        let mut window = RateWindow::default();
        assert_eq!(window.count(&limit, 100), Ok(()));
        assert_eq!(window.count(&limit, 104), Ok(()));
        assert_eq!(window.count(&limit, 104), Err(6));
        assert_eq!(window.count(&limit, 109), Err(1));
        assert_eq!(window.count(&limit, 110), Ok(()));
    }
}
