//! One row per name: bars, or points on a line, on a logarithmic axis.

use super::axis::{Axis, label};
use super::svg::{Anchor, Svg};
use super::{Series, colour};

const WIDTH: f64 = 900.0;
const LEFT: f64 = 330.0;
const RIGHT: f64 = 60.0;
const TOP: f64 = 78.0;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Bar,
    Point,
}

/// Nothing without values.
pub(crate) fn draw(title: &str, unit: &str, names: &[String], series: &[Series], mark: Mark) -> Option<String> {
    let row_height = if mark == Mark::Bar { 9.0 * series.len() as f64 + 8.0 } else { 20.0 };
    let bottom = TOP + row_height * names.len() as f64;
    let values = series.iter().flat_map(|series| &series.values).flatten();
    let axis = Axis::of(values.copied(), LEFT, WIDTH - RIGHT)?;
    let mut svg = Svg::new(WIDTH, bottom + 44.0, title);
    legend(&mut svg, series);
    for tick in axis.ticks() {
        let x = axis.position(tick);
        svg.line((x, TOP), (x, bottom), "#dddddd", 1.0);
        svg.write(x, bottom + 16.0, Anchor::Middle, &label(tick));
    }
    svg.write(f64::midpoint(LEFT, WIDTH - RIGHT), bottom + 34.0, Anchor::Middle, &format!("{unit}, logarithmic"));
    for (row, name) in names.iter().enumerate() {
        let top = TOP + row_height * row as f64;
        svg.write(LEFT - 8.0, top + row_height / 2.0 + 4.0, Anchor::End, name);
        let points = series.iter().enumerate();
        let points = points.filter_map(|(number, series)| Some((number, series.values.get(row).copied().flatten()?)));
        for (number, value) in points {
            let x = axis.position(value);
            match mark {
                Mark::Bar => {
                    let y = top + 4.0 + 9.0 * number as f64;
                    svg.rectangle(LEFT, y, x - LEFT, 8.0, colour(number));
                    svg.write(x + 4.0, y + 8.0, Anchor::Start, &format!("{value:.0}"));
                }
                Mark::Point => svg.circle(x, top + row_height / 2.0, colour(number)),
            }
        }
    }
    Some(svg.finish())
}

fn legend(svg: &mut Svg, series: &[Series]) {
    for (number, series) in series.iter().enumerate() {
        let x = LEFT + 150.0 * number as f64;
        svg.rectangle(x, 44.0, 12.0, 12.0, colour(number));
        svg.write(x + 18.0, 54.0, Anchor::Start, &series.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_mark() {
        let series = Series { name: "1 pending".to_owned(), values: vec![Some(10.0), None, Some(30.0)] };
        let names = ["a", "b", "c"].map(str::to_owned);
        let bars = draw("Title", "µs", &names, &[series], Mark::Bar).unwrap();
        assert_eq!(bars.matches("height=\"8.0\"").count(), 2);
        assert!(draw("Title", "µs", &names, &[], Mark::Bar).is_none());
    }
}
