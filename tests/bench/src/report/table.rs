//! Tables that can be read in a terminal and pasted into Markdown.

use std::fmt;

use super::statistics::Spread;

/// The first column holds names, the others figures.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(|&cell| cell.to_owned()).collect()] }
    }

    /// Whether there are no rows below the head.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let cell = |row: &Vec<String>, column: usize| row.get(column).cloned().unwrap_or_default();
        let width = |column| self.rows.iter().map(|row| cell(row, column).chars().count()).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns).map(|column| width(column).max(3)).collect();
        for (number, row) in self.rows.iter().enumerate() {
            for (column, &width) in widths.iter().enumerate() {
                match (column, cell(row, column)) {
                    (0, text) => write!(f, "| {text:<width$} ")?,
                    (_, text) => write!(f, "| {text:>width$} ")?,
                }
            }
            writeln!(f, "|")?;
            if number == 0 {
                for (column, &width) in widths.iter().enumerate() {
                    match column {
                        0 => write!(f, "| {:-<width$} ", "")?,
                        _ => write!(f, "| {:->width$} ", ":")?,
                    }
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}

/// A figure with three digits or more.
pub(crate) fn figure(value: f64) -> String {
    match value {
        value if value < 0.0 => format!("−{}", figure(-value)),
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => {
            let digits = format!("{value:.0}");
            let mut text = String::new();
            for (position, digit) in digits.chars().enumerate() {
                if position > 0 && (digits.len() - position).is_multiple_of(3) {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
    }
}

/// A ratio with its range over the rounds.
pub(crate) fn ratio(spread: Spread) -> String {
    format!("{} ({}–{})", figure(spread.median), figure(spread.low), figure(spread.high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_three_digits() {
        for (value, expected) in [
            (0.0, "0.00"),
            (-12.34, "−12.3"),
            (1.234, "1.23"),
            (12.34, "12.3"),
            (123.4, "123"),
            (12_345.6, "12,346"),
            (1e6, "1,000,000"),
        ] {
            assert_eq!(figure(value), expected);
        }
        assert_eq!(ratio(Spread { median: 1.0, low: 0.5, high: 20.0 }), "1.00 (0.50–20.0)");
    }

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(&["", "calls/s"]);
        table.row(vec!["a".to_owned(), "1".to_owned()]);
        table.row(vec!["größer".to_owned()]);
        let expected = "\
|        | calls/s |
| ------ | ------: |
| a      |       1 |
| größer |         |
";
        assert_eq!(table.to_string(), expected);
    }
}
