//! Token types that never print their value.

pub(crate) mod redact;
mod wiped;

use std::fmt;

pub(crate) use wiped::Wiped;

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// `Debug` never shows the value, there is no `Display`, and the buffer is wiped when the last owner is dropped.
        ///
        /// The header and the body that a call makes from it are wiped too. Copies in lower layers are not: the write
        /// buffer of an HTTP/1.1 connection keeps the head of its last request until the next request or the end of the
        /// connection, and HTTP/2 and TLS free their buffers without wiping them. Nor is a string that was passed to
        /// `new` by reference.
        #[derive(Clone, Eq)]
        pub struct $name(String);

        impl $name {
            /// Creates the value without checks. An operation checks it when it is used.
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            /// The value itself. The method's name makes reads of secrets easy to search for.
            pub fn expose(&self) -> &str {
                &self.0
            }

            /// Whether the value is empty: the service sends an empty string for "no token".
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self::new(value)
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self::new(value)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                wiped::wipe(&mut std::mem::take(&mut self.0).into_bytes());
            }
        }

        impl PartialEq for $name {
            /// Compares in a time that depends only on the lengths.
            fn eq(&self, other: &Self) -> bool {
                aws_lc_rs::constant_time::verify_slices_are_equal(self.0.as_bytes(), other.0.as_bytes()).is_ok()
            }
        }

        impl serde::Serialize for $name {
            /// Writes the real value, because serialising is an explicit request for it.
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self)
            }
        }
    };
}

secret! {
    /// A refresh token (`DSR`): the credential of a signed-in user, which the operations present to the service.
    ///
    /// ```
    /// use tenant_select::RefreshJwt;
    ///
    /// let jwt = RefreshJwt::from("eyJhbGciOi.eyJzdWIiOi.c2ln");
    /// assert_eq!(format!("{jwt:?}"), "RefreshJwt([redacted])");
    /// assert_eq!(jwt.expose(), "eyJhbGciOi.eyJzdWIiOi.c2ln");
    /// ```
    RefreshJwt
}

secret! {
    /// A session token (`DS`): short-lived, verified locally, and carrying the active tenant in its `dct` claim.
    ///
    /// ```
    /// use tenant_select::SessionJwt;
    ///
    /// let jwt = SessionJwt::from("eyJhbGciOi.eyJzdWIiOi.c2ln");
    /// assert_eq!(format!("{jwt:?}"), "SessionJwt([redacted])");
    /// ```
    SessionJwt
}

secret! {
    /// Any other value that must not be printed: an external token, a trusted-device token, a management key.
    ///
    /// ```
    /// use tenant_select::Secret;
    ///
    /// assert_eq!(format!("{:?}", Secret::from("k")), "Secret([redacted])");
    /// ```
    Secret
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_value() {
        let jwt = RefreshJwt::from("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJVMSJ9.c2lnbmF0dXJl");
        assert_eq!(format!("{jwt:?}"), "RefreshJwt([redacted])");
        assert_eq!(format!("{:?}", Some(&jwt)), "Some(RefreshJwt([redacted]))");
    }

    #[test]
    fn equality_is_of_the_value() {
        assert_eq!(SessionJwt::from("a"), SessionJwt::from("a"));
        assert_ne!(SessionJwt::from("a"), SessionJwt::from("b"));
        assert_ne!(SessionJwt::from("a"), SessionJwt::from("aa"));
    }
}
