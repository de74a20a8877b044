//! A logarithmic axis.

/// Values onto positions. The range is extended to 1, 2 or 5 times a power of ten.
pub(super) struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// Nothing without positive values.
    pub(super) fn of(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Option<Self> {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| value.is_finite() && *value > 0.0) {
            (least, most) = (least.min(value), most.max(value));
        }
        if least > most {
            return None;
        }
        let low = steps(least).filter(|step| *step <= least).last()?;
        let high = steps(most).find(|step| *step > most)?;
        Some(Self { low, high, from, to })
    }

    pub(super) fn position(&self, value: f64) -> f64 {
        let share = (value.max(self.low) / self.low).ln() / (self.high / self.low).ln();
        self.from + share * (self.to - self.from)
    }

    /// The labelled values: not more than eight, so that they do not overlap.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let all: Vec<f64> = steps_between(self.low, self.high).collect();
        if all.len() <= 8 {
            return all;
        }
        all.into_iter().filter(|step| (step.log10() - step.log10().round()).abs() < 1e-9).collect()
    }
}

/// 1, 2 and 5 times the powers of ten around a value.
fn steps(value: f64) -> impl Iterator<Item = f64> {
    let power = value.log10().floor();
    [-1.0, 0.0, 1.0].into_iter().flat_map(move |more| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powf(power + more)))
}

fn steps_between(low: f64, high: f64) -> impl Iterator<Item = f64> {
    let first = low.log10().floor();
    let powers = std::iter::successors(Some(first), |power| Some(power + 1.0))
        .take_while(move |power| 10_f64.powf(*power) <= high * 1.001);
    powers
        .flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powf(power)))
        .filter(move |step| *step >= low * 0.999 && *step <= high * 1.001)
}

/// A value as text, without needless digits.
pub(super) fn label(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{}M", value / 1e6),
        value if value >= 1e3 => format!("{}k", value / 1e3),
        value => format!("{}", (value * 1e3).round() / 1e3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_contains_every_value() {
        let axis = Axis::of([30.0, 700.0].into_iter(), 0.0, 100.0).unwrap();
        assert_eq!(axis.ticks(), [20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]);
        assert_eq!((axis.position(20.0), axis.position(1000.0)), (0.0, 100.0));
        assert!(axis.position(30.0) > 0.0 && axis.position(700.0) < 100.0);
        assert!(Axis::of([0.0, f64::NAN].into_iter(), 0.0, 1.0).is_none());
    }

    #[test]
    fn wide_ranges_have_powers_of_ten() {
        let axis = Axis::of([15.0, 30_000.0].into_iter(), 0.0, 100.0).unwrap();
        assert_eq!(axis.ticks(), [10.0, 100.0, 1000.0, 10_000.0]);
        assert_eq!([1.0, 0.5, 20_000.0, 2e6].map(label), ["1", "0.5", "20k", "2M"]);
    }
}
