//! Whether a call that presents a superseded token is sent: a table, and nothing else.

use super::Fingerprint;

/// What an exchange requests, as far as a remembered response could serve it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Requested {
    /// New tokens for this tenant.
    Select { tenant: String, context: Option<Fingerprint> },
    /// New tokens for the tenant of the token presented; with `follow_switch`, for whatever tenant is active now.
    Refresh { context: Option<Fingerprint>, follow_switch: bool },
}

impl Requested {
    /// The tenant that the call switches to.
    pub(crate) fn switch(&self) -> Option<Fingerprint> {
        match self {
            Self::Select { tenant, .. } => Some(Fingerprint::of(tenant)),
            Self::Refresh { .. } => None,
        }
    }

    /// The external token and the headers that the response depends on.
    pub(crate) fn context(&self) -> Option<Fingerprint> {
        match self {
            Self::Select { context, .. } | Self::Refresh { context, .. } => *context,
        }
    }
}

/// The facts about the response that brought the newest token.
pub(super) struct Remembered<'a> {
    /// The tenant of its session.
    pub(super) tenant: Option<&'a str>,
    /// The external token and the headers of the exchange that brought it.
    pub(super) context: Option<Fingerprint>,
    /// Whether its session outlives the leeway.
    pub(super) lasts: bool,
}

/// What becomes of a call that presents a superseded token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The remembered response is what was requested.
    Reuse,
    /// The newest token is sent.
    Send,
    /// The tenant was switched since; nothing is sent.
    Switched,
}

/// `presented` is the tenant of the superseded token.
pub(super) fn decide(requested: &Requested, presented: Option<&str>, remembered: &Remembered<'_>) -> Verdict {
    let fits = match requested {
        Requested::Select { tenant, .. } => remembered.tenant == Some(tenant),
        Requested::Refresh { follow_switch, .. } => {
            if !follow_switch && remembered.tenant != presented {
                return Verdict::Switched;
            }
            true
        }
    };
    if fits && remembered.lasts && remembered.context == requested.context() { Verdict::Reuse } else { Verdict::Send }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(tenant: &str) -> Requested {
        Requested::Select { tenant: tenant.to_owned(), context: None }
    }

    fn refresh(context: Option<Fingerprint>, follow_switch: bool) -> Requested {
        Requested::Refresh { context, follow_switch }
    }

    #[test]
    fn the_table_holds() {
        let context = Some(Fingerprint::of("context"));
        let in_context = |tenant: &str| Requested::Select { tenant: tenant.to_owned(), context };
        let (none, other) = (None, Some(Fingerprint::of("other")));
        // Requested, tenant presented, tenant remembered, external token remembered, whether it lasts.
        let rows = [
            (select("T2"), Some("T1"), Some("T2"), none, true, Verdict::Reuse),
            (select("T2"), Some("T1"), Some("T2"), none, false, Verdict::Send),
            (select("T2"), Some("T1"), Some("T2"), context, true, Verdict::Send),
            (select("T2"), Some("T1"), Some("T1"), none, true, Verdict::Send),
            (select("T2"), Some("T1"), None, none, true, Verdict::Send),
            (in_context("T2"), Some("T1"), Some("T2"), none, true, Verdict::Send),
            (in_context("T2"), Some("T1"), Some("T2"), context, true, Verdict::Reuse),
            (in_context("T2"), Some("T1"), Some("T2"), other, true, Verdict::Send),
            (refresh(none, false), Some("T1"), Some("T1"), none, true, Verdict::Reuse),
            (refresh(none, false), None, None, none, true, Verdict::Reuse),
            (refresh(none, false), Some("T1"), Some("T1"), none, false, Verdict::Send),
            (refresh(none, false), Some("T1"), Some("T2"), none, true, Verdict::Switched),
            (refresh(none, false), None, Some("T2"), none, true, Verdict::Switched),
            (refresh(none, false), Some("T1"), None, none, true, Verdict::Switched),
            (refresh(none, false), Some("T1"), Some("T2"), none, false, Verdict::Switched),
            (refresh(none, true), Some("T1"), Some("T2"), none, true, Verdict::Reuse),
            (refresh(none, true), Some("T1"), Some("T2"), none, false, Verdict::Send),
            (refresh(context, false), Some("T1"), Some("T1"), context, true, Verdict::Reuse),
            (refresh(context, false), Some("T1"), Some("T1"), other, true, Verdict::Send),
            (refresh(context, false), Some("T1"), Some("T1"), none, true, Verdict::Send),
            (refresh(none, false), Some("T1"), Some("T1"), context, true, Verdict::Send),
        ];
        for (number, (requested, presented, tenant, context, lasts, verdict)) in rows.into_iter().enumerate() {
            let remembered = Remembered { tenant, context, lasts };
            assert_eq!(decide(&requested, presented, &remembered), verdict, "row {number}");
        }
    }
}
