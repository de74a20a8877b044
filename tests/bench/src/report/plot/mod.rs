//! Plots as SVG. They need few shapes, so they are written directly, without a library.

mod axis;
pub(super) mod lines;
pub(super) mod rows;
mod svg;

/// Values of one kind, drawn in one colour. A missing value leaves a gap.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) values: Vec<Option<f64>>,
}

/// The colour of a series: those of Okabe and Ito, which people with colour blindness can tell apart.
fn colour(number: usize) -> &'static str {
    const COLOURS: [&str; 5] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000"];
    COLOURS.get(number % COLOURS.len()).copied().unwrap_or_default()
}
