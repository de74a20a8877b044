//! The public interface of the crate: which types may cross threads, what closing does, what the README shows.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::Command;

use tenant_select::{
    AuthenticationResult, CallOptions, Client, ClientBuilder, CookieOptions, Error, ErrorKind, HistoryEntry,
    IdpResponse, JwtResponse, Outcome, RefreshJwt, RefreshOptions, Refusal, RequestAuthenticator,
    RequestAuthenticatorBuilder, RequestTokens, RetryEvent, Secret, Session, SessionJwt, Tenant, TenantFilter,
    TenantGrant, User, UserTenant, ValidateOptions, ValidationResult, Value, Warning,
};
use tenant_select_tests::fixture::Fixture;

#[test]
fn public_types_are_send_and_sync() {
    fn crosses<T: Send + Sync + Unpin + 'static>() {}
    crosses::<Client>();
    crosses::<ClientBuilder>();
    crosses::<CallOptions>();
    crosses::<CookieOptions>();
    crosses::<Error>();
    crosses::<(RetryEvent, Warning)>();
    crosses::<(ErrorKind, Outcome, RefreshOptions, TenantFilter, RequestTokens, ValidationResult, Value)>();
    crosses::<(RefreshJwt, SessionJwt, Secret, Session, TenantGrant)>();
    crosses::<(RequestAuthenticator, RequestAuthenticatorBuilder, AuthenticationResult, Refusal)>();
    crosses::<(HistoryEntry, IdpResponse, JwtResponse, Tenant, User, UserTenant)>();
}

#[tokio::test]
async fn calls_fail_after_close_and_close_can_be_repeated() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    client.me(&fixture.refresh_jwt).await.unwrap();
    let sibling = client.with(CallOptions::new().retries(0));
    client.close();
    client.close();
    assert!(client.is_closed() && sibling.is_closed());
    fixture.until_disconnected().await.unwrap();
    for error in [
        client.me(&fixture.refresh_jwt).await.unwrap_err(),
        sibling.select_tenant("acme", &fixture.refresh_jwt).await.unwrap_err(),
        client.validate_session(&fixture.session_jwt, None).await.unwrap_err(),
        client.validate_session_cached(&fixture.session_jwt, None).unwrap().unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::ClientClosed, Outcome::NotSent));
    }
    client.renewed().me(&fixture.refresh_jwt).await.unwrap();
}

#[tokio::test]
async fn one_client_serves_runtimes_one_after_the_other() {
    let fixture = Fixture::start().await.unwrap();
    let client = fixture.client().unwrap();
    for _ in 0..3 {
        let (client, token) = (client.clone(), fixture.refresh_jwt.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(client.me(&token)).map(|user| user.user_id)
        });
        let result = tokio::task::spawn_blocking(|| thread.join().unwrap()).await.unwrap();
        assert!(result.unwrap().is_some());
    }
}

/// Each call as the README shows it, which is compiled by that.
macro_rules! shown {
    ($readme:expr, $client:ident, $($name:ident($($argument:expr),*)),* $(,)?) => {
        $(
            drop($client.$name($($argument),*));
            let call = concat!(stringify!($name), "(", stringify!($($argument),*), ")");
            assert!($readme.contains(&format!("`{call}`")), "{call}");
        )*
    };
}

#[tokio::test]
async fn the_operations_are_called_as_the_readme_shows() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let client = Client::new("P1").unwrap();
    let (tenant_id, refresh_jwt, session_jwt) = ("acme", RefreshJwt::new("a.b.c"), SessionJwt::new("a.b.c"));
    let (audience, cookie_header, authorization) = (None, None, None);
    shown!(
        readme,
        client,
        select_tenant(tenant_id, &refresh_jwt),
        refresh_session(&refresh_jwt, RefreshOptions::new()),
        my_tenants(&refresh_jwt, &TenantFilter::All),
        history(&refresh_jwt),
        me(&refresh_jwt),
        logout(&refresh_jwt),
        logout_all(&refresh_jwt),
        validate_session(&session_jwt, audience),
        validate_and_refresh(Some(&session_jwt), &refresh_jwt, ValidateOptions::new()),
        tokens_from_request(cookie_header, authorization),
    );
    let response = JwtResponse::default();
    shown!(readme, response, set_cookie_headers(&CookieOptions::new()));
    for named in ["tenant_select::Error", "`kind()`", "`ErrorKind`", "`outcome()`", "`is_retryable()`"] {
        assert!(readme.contains(named), "{named}");
    }
}

/// What the README says to add is what its program names, with the features of tokio that it uses.
#[test]
fn the_quickstart_of_the_readme_lists_what_to_add() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    for (page, program) in [("README.md", "tests/rust/examples/quickstart.rs"), ("core/README.md", "core/README.md")] {
        let page = std::fs::read_to_string(format!("{root}/{page}")).unwrap();
        let program = std::fs::read_to_string(format!("{root}/{program}")).unwrap();
        assert!(program.contains("use tenant_select::") && page.contains("cargo add tenant-select"));
        assert!(page.contains("cargo add tokio --features macros,rt-multi-thread"));
    }
    let manifest = std::fs::read_to_string(format!("{root}/tests/rust/Cargo.toml")).unwrap();
    let tokio = manifest.lines().find(|line| line.starts_with("tokio = ")).unwrap();
    assert!(tokio.contains("macros") && tokio.contains("rt-multi-thread"), "{tokio}");
}

fn quickstart() -> PathBuf {
    // The test's own binary is in target/<profile>/deps, the examples are beside that folder.
    let deps = std::env::current_exe().unwrap();
    deps.parent().unwrap().parent().unwrap().join("examples/quickstart")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_quickstart_of_the_readme_runs() {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let shown = readme.split("<!-- quickstart: rust -->\n```rust\n").nth(1).unwrap().split("```").next().unwrap();
    let example = std::fs::read_to_string(root.join("tests/rust/examples/quickstart.rs")).unwrap();
    let run = example.split_once("#![allow(clippy::print_stdout)]\n\n").unwrap().1;
    assert_eq!(shown, run, "the README and the example are to be the same");

    let fixture = Fixture::start().await.unwrap();
    let signed_in = fixture.emulator.sign_in("ada@example.com", Some("globex")).unwrap();
    let (url, project) = (fixture.emulator.url().to_owned(), fixture.emulator.project_id().to_owned());
    let output = tokio::task::spawn_blocking(move || {
        Command::new(quickstart())
            .env("DESCOPE_PROJECT_ID", project)
            .env("DESCOPE_BASE_URL", url)
            .env("REFRESH_JWT", signed_in.refresh_jwt)
            .output()
    });
    let output = output.await.unwrap().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{stdout}{}", String::from_utf8_lossy(&output.stderr));
    assert!(stdout.contains("now acts in acme as admin"), "{stdout}");
    assert!(stdout.contains("Set-Cookie: DS\nSet-Cookie: DSR\n"), "{stdout}");
}
