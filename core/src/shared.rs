//! What all clones of a client share, and how their calls run on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::answer;
use crate::arguments::{CallOptions, check_refresh_jwt};
use crate::call::{self, Pace, Policy};
use crate::coalesce::Coalescer;
use crate::config::Config;
use crate::cookies::CookieNames;
use crate::error::{Error, Result};
use crate::jwk::KeySet;
use crate::keys::{KeyCache, KeySource};
use crate::kind::{ErrorKind, Outcome};
use crate::model::{JwtResponse, Object};
use crate::proof::{self, Presented};
use crate::retry::{CallKind, Replay};
use crate::secret::{RefreshJwt, Secret};
use crate::session::Session;
use crate::transport::{Answer, Request, Transport};
use crate::verify::{self, Expected};

/// The state behind a client: connections, pace, keys, exchanges in flight.
pub(crate) struct Shared {
    pub(crate) config: Arc<Config>,
    transport: Transport,
    pace: Pace,
    /// A 429 on the keys must not stop the exchanges, nor the other way round.
    key_pace: Pace,
    pub(crate) keys: KeyCache,
    exchanges: Coalescer<Exchange, JwtResponse>,
    closed: AtomicBool,
}

/// What makes two exchanges in flight the same: they are then one request.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Exchange {
    Select { tenant: String, token: Fingerprint },
    Refresh { external: Option<Fingerprint>, tenant: Option<String>, token: Fingerprint },
}

/// SHA-256 of a token, so that the table of exchanges in flight holds no token.
pub(crate) type Fingerprint = [u8; 32];

/// What every call has: how it may be repeated, and until when.
pub(crate) struct Call {
    pub(crate) policy: Policy,
    pub(crate) deadline: Instant,
}

impl Shared {
    pub(crate) fn new(config: Arc<Config>) -> Self {
        Self {
            transport: Transport::default(),
            pace: Pace::default(),
            key_pace: Pace::default(),
            keys: KeyCache::new(config.public_key.clone()),
            exchanges: Coalescer::default(),
            closed: AtomicBool::new(false),
            config,
        }
    }

    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.transport.close();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Begins a call: its deadline runs from here.
    pub(crate) fn begin(&self, kind: CallKind, options: &CallOptions) -> Result<Call> {
        if self.is_closed() {
            return Err(Error::closed());
        }
        options.check()?;
        let deadline = Instant::now() + options.timeout.unwrap_or(self.config.timeout);
        let policy = Policy {
            kind,
            retries: options.retries.unwrap_or(self.config.retries),
            replay: options.replay.unwrap_or(self.config.replay),
            on_retry: options.on_retry.clone(),
            on_answer: options.on_answer.clone(),
        };
        Ok(Call { policy, deadline })
    }

    pub(crate) fn post(&self, path: &str, token: &RefreshJwt, body: &serde_json::Value) -> Request {
        Request::post(self.config.endpoint(path), bearer(&self.config, Some(token.expose())), body)
    }

    pub(crate) fn get(&self, path: &str, token: &RefreshJwt) -> Request {
        Request::get(self.config.endpoint(path), bearer(&self.config, Some(token.expose())))
    }

    pub(crate) async fn perform(&self, request: &Request, call: &Call) -> Result<Answer> {
        let Shared { config, transport, pace, .. } = self;
        call::perform(config, transport, pace, request, &call.policy, call.deadline).await
    }

    /// One token exchange with its proof, shared with whoever asks for the same at the same time.
    pub(crate) async fn exchange(
        self: &Arc<Self>,
        key: Exchange,
        call: Call,
        request: Request,
        presented: Option<Presented>,
        tenant: Option<String>,
    ) -> Result<JwtResponse> {
        let deadline = call.deadline;
        let shared = Arc::clone(self);
        let work = async move {
            let answer = shared.perform(&request, &call).await?;
            let response = answer::decode_tokens(&answer, shared.cookie_names())?;
            let Some(presented) = presented else { return Ok(response) };
            let source = shared.key_source(call.deadline);
            let Shared { config, keys, .. } = &*shared;
            proof::prove(response, config, keys, &source, &presented, tenant.as_deref()).await
        };
        self.exchanges.run(key, deadline, work).await
    }

    /// Checks the token that is about to be sent, and reads whose it is when the answer has to be proven against it; nothing
    /// when verification is switched off.
    pub(crate) fn presented(&self, refresh_jwt: &RefreshJwt) -> Result<Option<Presented>> {
        check_refresh_jwt(refresh_jwt)?;
        if !self.config.verify {
            return Ok(None);
        }
        Presented::read(refresh_jwt).map(Some)
    }

    pub(crate) fn cookie_names(&self) -> CookieNames {
        let Config { session_cookie_name, refresh_cookie_name, .. } = &*self.config;
        CookieNames::new(session_cookie_name.clone(), refresh_cookie_name.clone())
    }

    pub(crate) fn expected_session(&self, audience: Option<&str>) -> Result<Expected> {
        if audience.is_some_and(|text| text.trim().is_empty()) {
            return Err(Error::invalid_input("audience", "the audience is empty"));
        }
        let config = &self.config;
        Ok(Expected::presented_session(config, audience.or(config.audience.as_deref())))
    }

    pub(crate) fn session(&self, claims: Object) -> Result<Session> {
        Session::from_claims(&self.config.project_id, claims).ok_or_else(|| verify::invalid("the token names no user"))
    }

    /// Where keys come from when they have to be fetched, and until when the caller can wait for them.
    pub(crate) fn key_source(self: &Arc<Self>, deadline: Instant) -> KeySource {
        let shared = Arc::clone(self);
        KeySource { fetch: Box::new(move || Box::pin(fetch_keys(Arc::clone(&shared)))), deadline }
    }
}

/// How long one fetch of the keys may take, retries included, whoever waits for it.
const KEY_FETCH_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_KEY_BODY: usize = 256 * 1024;

/// `GET /v2/keys/<project>`
async fn fetch_keys(shared: Arc<Shared>) -> Result<KeySet> {
    let Shared { config, transport, key_pace, .. } = &*shared;
    let url = config.endpoint(&format!("/v2/keys/{}", config.project_id));
    let request = Request::get(url, bearer(config, None)).max_body(MAX_KEY_BODY);
    let policy = Policy {
        kind: CallKind::Read,
        retries: config.retries,
        replay: Replay::WhenSafe,
        on_retry: None,
        on_answer: None,
    };
    let deadline = Instant::now() + KEY_FETCH_TIMEOUT;
    let answer = call::perform(config, transport, key_pace, &request, &policy, deadline).await?;
    let wrong = |what| Error::new(ErrorKind::InvalidResponse, Outcome::Applied, what).with_attempts(answer.attempts);
    match answer.unreadable {
        Some(what) => Err(wrong(format!("the key set has {what}"))),
        None => KeySet::from_json(&answer.body).map_err(wrong),
    }
}

/// `<project>[:<token>][:<auth management key>]`
fn bearer(config: &Config, token: Option<&str>) -> Secret {
    let key = config.auth_management_key.as_ref().map(Secret::expose);
    let parts = [Some(config.project_id.as_str()), token, key];
    Secret::from(parts.into_iter().flatten().collect::<Vec<_>>().join(":"))
}

pub(crate) fn fingerprint(text: &str) -> Fingerprint {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(digest.as_ref());
    fingerprint
}
