//! Lines through points, both axes logarithmic.

use super::axis::{Axis, label};
use super::svg::{Anchor, Svg};
use super::{Series, colour};

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 280.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 60.0;

/// Nothing without values. `at` has the horizontal position of each value.
pub(crate) fn draw(title: &str, horizontal: &str, vertical: &str, at: &[f64], series: &[Series]) -> Option<String> {
    let values = series.iter().flat_map(|series| &series.values).flatten();
    let up = Axis::of(values.copied(), HEIGHT - BOTTOM, TOP)?;
    let along = Axis::of(at.iter().copied(), LEFT, WIDTH - RIGHT)?;
    let mut svg = Svg::new(WIDTH, HEIGHT, title);
    for tick in up.ticks() {
        let y = up.position(tick);
        svg.line((LEFT, y), (WIDTH - RIGHT, y), "#dddddd", 1.0);
        svg.write(LEFT - 8.0, y + 4.0, Anchor::End, &label(tick));
    }
    for &tick in at {
        let x = along.position(tick);
        svg.line((x, TOP), (x, HEIGHT - BOTTOM), "#dddddd", 1.0);
        svg.write(x, HEIGHT - BOTTOM + 18.0, Anchor::Middle, &label(tick));
    }
    svg.write(f64::midpoint(LEFT, WIDTH - RIGHT), HEIGHT - 18.0, Anchor::Middle, horizontal);
    svg.write(16.0, TOP - 8.0, Anchor::Start, vertical);
    for (number, series) in series.iter().enumerate() {
        let points: Vec<(f64, f64)> = at
            .iter()
            .zip(&series.values)
            .filter_map(|(at, value)| Some((along.position(*at), up.position((*value)?))))
            .collect();
        for pair in points.windows(2) {
            if let &[from, to] = pair {
                svg.line(from, to, colour(number), 2.0);
            }
        }
        for &(x, y) in &points {
            svg.circle(x, y, colour(number));
        }
        let y = TOP + 20.0 * number as f64;
        svg.rectangle(WIDTH - RIGHT + 24.0, y, 12.0, 12.0, colour(number));
        svg.write(WIDTH - RIGHT + 42.0, y + 10.0, Anchor::Start, &series.name);
    }
    Some(svg.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_connect_the_points_of_a_series() {
        let series = [Series { name: "Rust".to_owned(), values: vec![Some(20.0), Some(30.0), Some(90.0)] }];
        let plot = draw("Title", "tenants", "µs", &[1.0, 10.0, 100.0], &series).unwrap();
        assert_eq!((plot.matches("<circle").count(), plot.matches("stroke-width=\"2\"").count()), (3, 2));
        assert!(draw("Title", "tenants", "µs", &[1.0], &[]).is_none());
    }
}
