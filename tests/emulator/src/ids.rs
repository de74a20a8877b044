//! Random ids.

/// 27 random characters.
pub(crate) fn random_id() -> String {
    let mut bytes = [0_u8; 20];
    // Without random bytes the id is a constant, which is still valid.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    crate::jose::base64url(bytes)
}

/// An id in the form that the service gives: `U` and 27 letters or digits.
pub(crate) fn new_user_id() -> String {
    let random = random_id().replace(['-', '_'], "x");
    format!("U{random}")
}
