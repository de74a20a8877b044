//! Signing keys, key sets and compact tokens.

pub(crate) mod compact;
pub(crate) mod forge;
pub(crate) mod jwk;
pub(crate) mod keys;

/// Unpadded base64url of bytes.
pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes behind unpadded base64url text.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()
}
