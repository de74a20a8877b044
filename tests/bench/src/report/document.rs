//! The tables in the documentation, which are between markers. The text around them is written by hand and stays.

use std::path::Path;

use super::Section;
use crate::Failure;

/// Replaces what is between the markers of each section.
pub(super) fn update(path: &Path, sections: &[Section]) -> Result<(), Failure> {
    let mut text = std::fs::read_to_string(path)?;
    for section in sections {
        text = replaced(&text, section.name, &section.body)?;
    }
    Ok(std::fs::write(path, text)?)
}

fn replaced(text: &str, name: &str, body: &str) -> Result<String, Failure> {
    let (begin, end) = (format!("<!-- bench: {name} -->\n"), format!("<!-- /bench: {name} -->"));
    let missing = || format!("the documentation has no line {}", begin.trim_end());
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(|| format!("the documentation has no line {end}"))?;
    Ok(format!("{before}{begin}\n{}\n\n{end}{after}", body.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    const TEXT: &str = "a\n<!-- bench: x -->\nold\n<!-- /bench: x -->\nb\n";

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let once = replaced(TEXT, "x", "| new |\n").unwrap();
        assert_eq!(once, "a\n<!-- bench: x -->\n\n| new |\n\n<!-- /bench: x -->\nb\n");
        assert_eq!(replaced(&once, "x", "| new |\n").unwrap(), once);
        assert!(replaced(TEXT, "y", "").is_err());
    }

    #[test]
    fn the_documentation_has_the_markers_of_every_section() {
        let text = std::fs::read_to_string(crate::run::root().join("docs/benchmarks.md")).unwrap();
        let settings = Settings::parse(lexopt::Parser::from_args([""; 0])).unwrap().unwrap();
        let sweeps = settings.sweeps.iter().map(|sweep| sweep.name);
        for name in sweeps.chain(["run", "goals", "missed", "validation", "requests", "tenants", "startup", "border"]) {
            replaced(&text, name, "").unwrap();
        }
    }
}
