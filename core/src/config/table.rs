//! The options of a client: one row each, with its type, bounds, default, variables and documentation.
//!
//! These rows determine the checks, the errors about bounds, the signatures and the documentation of the Python and the Node
//! package, and the table of the README (`make generate`).

use crate::config::row::{Count, Flag, Kind, Path, Row, Seconds, Text, Texts, WholeSeconds};

/// An hour: anything longer is a mistake in the unit.
const HOUR: f64 = 3600.0;

/// Defines a constant for each row, for the code that reads the option, and the list of all rows.
macro_rules! table {
    ($($constant:ident: $kind:ident = $row:expr;)*) => {
        $(pub(crate) const $constant: Row<$kind> = $row;)*

        /// Every option, in the order in which the documentation has them.
        pub(crate) static OPTIONS: &[Row<Kind>] = &[$($constant.listed(Kind::$kind($constant.kind))),*];
    };
}

// The vendor's settings keep the vendor's names of variables; the rest are `TENANT_SELECT_…`. In the sentences, names are those
// of Rust and Python, between backticks: the generators turn them into those of TypeScript.
table! {
    PROJECT_ID: Text = Row {
        name: "project_id",
        kind: Text { unset: "required" },
        variables: &["DESCOPE_PROJECT_ID"],
        per_call: false,
        secret: false,
        summary: "The project, such as `P2abcdefghijklmnopqrstuvwxyz`.",
        details: "",
    };
    BASE_URL: Text = Row {
        name: "base_url",
        kind: Text { unset: "the region that the project id names, else `https://api.descope.com`" },
        variables: &["DESCOPE_BASE_URI", "DESCOPE_BASE_URL"],
        per_call: false,
        secret: false,
        summary: "Where the API is; a path prefix is kept.",
        details: "",
    };
    AUTH_MANAGEMENT_KEY: Text = Row {
        name: "auth_management_key",
        kind: Text { unset: "none" },
        variables: &["DESCOPE_AUTH_MANAGEMENT_KEY"],
        per_call: false,
        secret: true,
        summary: "The key that a project without public access to its authentication methods requires, appended to every bearer.",
        details: "",
    };
    PUBLIC_KEY: Text = Row {
        name: "public_key",
        kind: Text { unset: "keys are fetched" },
        variables: &["DESCOPE_PUBLIC_KEY"],
        per_call: false,
        secret: false,
        summary: "A JWK or a JWK set, as JSON, to verify with instead of fetching keys: works offline.",
        details: "",
    };
    TIMEOUT: Seconds = Row {
        name: "timeout",
        kind: Seconds { most: HOUR, default: 10.0 },
        variables: &["TENANT_SELECT_TIMEOUT"],
        per_call: true,
        secret: false,
        summary: "One deadline over everything a call does: DNS, connect, TLS, all attempts and bodies.",
        details: "",
    };
    CONNECT_TIMEOUT: Seconds = Row {
        name: "connect_timeout",
        kind: Seconds { most: HOUR, default: 3.0 },
        variables: &["TENANT_SELECT_CONNECT_TIMEOUT"],
        per_call: false,
        secret: false,
        summary: "How long one attempt may take to connect, TLS included.",
        details: "",
    };
    RETRIES: Count = Row {
        name: "retries",
        kind: Count { least: 0, most: 10, default: 2 },
        variables: &["TENANT_SELECT_RETRIES"],
        per_call: true,
        secret: false,
        summary: "How often a call may be sent again after its first attempt.",
        details: "",
    };
    RETRY_UNKNOWN: Flag = Row {
        name: "retry_unknown",
        kind: Flag { default: false },
        variables: &["TENANT_SELECT_RETRY_UNKNOWN"],
        per_call: true,
        secret: false,
        summary: "Whether an exchange whose outcome is unknown may be sent again: for projects that do not rotate refresh tokens.",
        details: "",
    };
    ROTATION: Flag = Row {
        name: "rotation",
        kind: Flag { default: true },
        variables: &["TENANT_SELECT_ROTATION"],
        per_call: false,
        secret: false,
        summary: "Whether the project may rotate refresh tokens.",
        details: "With false, no successor of a refresh token is remembered, and calls present the tokens that they are given.",
    };
    ROTATION_GRACE: WholeSeconds = Row {
        name: "rotation_grace",
        kind: WholeSeconds { least: 0, most: 60, default: 10 },
        variables: &["TENANT_SELECT_ROTATION_GRACE"],
        per_call: false,
        secret: false,
        summary: "How long a call that presents a refresh token which was just replaced gets the response or the token that replaced it.",
        details: "0 switches this off; exchanges of one token still run in order.",
    };
    SHARED_STATE: Text = Row {
        name: "shared_state",
        kind: Text { unset: "none, and each process knows of its own exchanges alone" },
        variables: &["TENANT_SELECT_SHARED_STATE"],
        per_call: false,
        secret: true,
        summary: "A Redis through which the processes and hosts of a service share the order of exchanges and what replaced a \
                  refresh token: `redis://` or, with TLS, `rediss://`.",
        details: "No token can be read there. When it is out of reach, calls go on without it.",
    };
    SHARED_STATE_KEY: Text = Row {
        name: "shared_state_key",
        kind: Text { unset: "none" },
        variables: &["TENANT_SELECT_SHARED_STATE_KEY"],
        per_call: false,
        secret: true,
        summary: "A secret of the service, 16 characters or more, that goes into the keys of `shared_state`.",
        details: "All processes need the same one.",
    };
    LEEWAY: WholeSeconds = Row {
        name: "leeway",
        kind: WholeSeconds { least: 0, most: 300, default: 5 },
        variables: &["TENANT_SELECT_LEEWAY"],
        per_call: false,
        secret: false,
        summary: "How far clocks may disagree when `exp` and `nbf` are checked.",
        details: "",
    };
    AUDIENCE: Text = Row {
        name: "audience",
        kind: Text { unset: "none, and `aud` is absent or contains the project" },
        variables: &["TENANT_SELECT_AUDIENCE"],
        per_call: false,
        secret: false,
        summary: "The audience that `validate_session` requires when the call names none.",
        details: "",
    };
    VERIFY: Flag = Row {
        name: "verify",
        kind: Flag { default: true },
        variables: &["TENANT_SELECT_VERIFY"],
        per_call: false,
        secret: false,
        summary: "Whether the tokens that an exchange returns are verified, and are for the user and the tenant of the call.",
        details: "",
    };
    MAX_TOKEN_BYTES: Count = Row {
        name: "max_token_bytes",
        kind: Count { least: 1024, most: 65_536, default: 16_384 },
        variables: &["TENANT_SELECT_MAX_TOKEN_BYTES"],
        per_call: false,
        secret: false,
        summary: "The longest session token that `validate_session` looks at, in bytes.",
        details: "Raise it for users with hundreds of tenants.",
    };
    SESSION_CACHE: Count = Row {
        name: "session_cache",
        kind: Count { least: 0, most: 100_000, default: 0 },
        variables: &["TENANT_SELECT_SESSION_CACHE"],
        per_call: false,
        secret: false,
        summary: "How many verified session tokens are kept at most, so that `validate_session` does not check their signatures again.",
        details: "Expiry, audience and keys are checked each time. A token takes about ten times its length in memory; 0 keeps none.",
    };
    SESSION_COOKIE_NAME: Text = Row {
        name: "session_cookie_name",
        kind: Text { unset: "`DS`" },
        variables: &["TENANT_SELECT_SESSION_COOKIE_NAME"],
        per_call: false,
        secret: false,
        summary: "The project's name for the session cookie.",
        details: "",
    };
    REFRESH_COOKIE_NAME: Text = Row {
        name: "refresh_cookie_name",
        kind: Text { unset: "`DSR`" },
        variables: &["TENANT_SELECT_REFRESH_COOKIE_NAME"],
        per_call: false,
        secret: false,
        summary: "The project's name for the refresh cookie, another than that of the session cookie.",
        details: "",
    };
    HEADERS: Texts = Row {
        name: "headers",
        kind: Texts { unset: "none" },
        variables: &["TENANT_SELECT_HEADERS"],
        per_call: false,
        secret: true,
        summary: "Headers to send with every request; the client's own, such as `Authorization`, `Host` and `Cookie`, are refused.",
        details: "",
    };
    PROXY: Text = Row {
        name: "proxy",
        kind: Text {
            unset: "the usual variables (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), which never apply to loopback",
        },
        variables: &["TENANT_SELECT_PROXY"],
        per_call: false,
        secret: true,
        summary: "A proxy for every request: `http://`, `https://`, `socks5h://`, `socks5://`, `socks4a://` or `socks4://`.",
        details: "",
    };
    CA_FILE: Path = Row {
        name: "ca_file",
        kind: Path { unset: "`REQUESTS_CA_BUNDLE` (a file or a directory) and `NODE_EXTRA_CA_CERTS`, where they are set" },
        variables: &["TENANT_SELECT_CA_FILE"],
        per_call: false,
        secret: false,
        summary: "A PEM file of certificates to trust besides the platform's, read and checked when the client is made.",
        details: "`SSL_CERT_FILE` and `SSL_CERT_DIR` replace the platform's certificates, as in OpenSSL; on Windows and \
                  macOS they add to them.",
    };
    // Plain http to a remote host must be a decision in code, so it has no variable.
    ALLOW_HTTP: Flag = Row {
        name: "allow_http",
        kind: Flag { default: false },
        variables: &[],
        per_call: false,
        secret: false,
        summary: "Whether `http://` to a host that is not loopback (`localhost`, `127.0.0.0/8`, `[::1]`, no name below `localhost`) is allowed.",
        details: "Tokens are then sent unencrypted.",
    };
    SDK_NAME: Text = Row {
        name: "sdk_name",
        kind: Text { unset: "`tenant-select-` with the name of the language" },
        variables: &["TENANT_SELECT_SDK_NAME"],
        per_call: false,
        secret: false,
        summary: "What the client calls itself in `x-descope-sdk-name`.",
        details: "",
    };
}

/// The row of an option, or nothing when there is no such option.
pub(crate) fn row(name: &str) -> Option<&'static Row<Kind>> {
    OPTIONS.iter().find(|row| row.name == name)
}

#[cfg(test)]
mod tests;
