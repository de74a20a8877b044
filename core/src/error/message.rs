//! Texts in which the names of the public interface are marked, so that each language can use its own spelling. Everything
//! else, such as the service's own words, is not changed.

use std::borrow::Cow;
use std::fmt;

/// How a language spells a name of this crate: TypeScript has `selectTenant` for `select_tenant`.
pub type Spelling = fn(&str) -> Cow<'_, str>;

/// The spelling of Rust, which is also Python's.
pub fn snake_case(name: &str) -> Cow<'_, str> {
    Cow::Borrowed(name)
}

/// A text in parts.
#[derive(Clone, Debug)]
pub(crate) struct Message(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    /// An argument, an option or an attribute.
    Name(Cow<'static, str>),
}

impl Message {
    /// A message that begins with a name.
    pub(crate) fn of(name: impl Into<Cow<'static, str>>) -> Self {
        Self(vec![Part::Name(name.into())])
    }

    /// The message with a name behind it.
    pub(crate) fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Part::Name(name.into()));
        self
    }

    /// The message with a text behind it.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Part::Text(text.into()));
        self
    }

    /// The message behind a text.
    pub(crate) fn after(mut self, text: impl Into<String>) -> Self {
        self.0.insert(0, Part::Text(text.into()));
        self
    }

    /// The message with `name` marked, where it is the first word of it.
    pub(crate) fn marking(mut self, name: Cow<'static, str>) -> Self {
        if let Some(Part::Text(text)) = self.0.first_mut()
            && let Some(rest) = text.strip_prefix(name.as_ref())
            && rest.starts_with(' ')
        {
            *text = rest.to_owned();
            self.0.insert(0, Part::Name(name));
        }
        self
    }

    /// Whether the message begins with this name.
    pub(crate) fn begins_with(&self, name: &str) -> bool {
        matches!(self.0.first(), Some(Part::Name(first)) if first == name)
    }

    pub(crate) fn write(&self, f: &mut fmt::Formatter<'_>, spelling: Spelling) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Name(name) => f.write_str(&spelling(name)),
        })
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self(vec![Part::Text(text)])
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Spelled(Message, Spelling);

    impl fmt::Display for Spelled {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.write(f, self.1)
        }
    }

    fn loud(name: &str) -> Cow<'_, str> {
        Cow::Owned(name.to_uppercase())
    }

    #[test]
    fn names_alone_are_spelled() {
        let message = Message::of("ids").text(" and ").name("active_only").text(" of tenant_id").after("both ");
        assert_eq!(Spelled(message.clone(), snake_case).to_string(), "both ids and active_only of tenant_id");
        assert_eq!(Spelled(message, loud).to_string(), "both IDS and ACTIVE_ONLY of tenant_id");
    }

    #[test]
    fn the_first_word_is_marked_when_it_is_the_name() {
        let marked = |text: &str, name: &'static str| {
            let message = Message::from(text).marking(Cow::Borrowed(name));
            (message.begins_with(name), Spelled(message, loud).to_string())
        };
        assert_eq!(marked("path is not a path", "path"), (true, "PATH is not a path".to_owned()));
        assert_eq!(marked("the path is empty", "path"), (false, "the path is empty".to_owned()));
        assert_eq!(marked("paths are empty", "path"), (false, "paths are empty".to_owned()));
    }
}
