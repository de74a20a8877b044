//! One emulated project: its state and the way from a request to its answer.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde_json::json;

use crate::access::Access;
use crate::cases::Cases;
use crate::connection::answer::{Answer, Delivery};
use crate::connection::control::{ConnectionControl, InFlight};
use crate::connection::request::{BodyError, Request};
use crate::ids::new_user_id;
use crate::jose::keys::KeyStore;
use crate::state::State;
use crate::state::journal::Journal;
use crate::state::settings::Settings;
use crate::state::users::User;
use crate::{api, control};

/// What the emulator starts with and what a reset restores.
#[derive(Clone, Default)]
pub(crate) struct Start {
    pub(crate) settings: Settings,
    pub(crate) users: Vec<User>,
}

pub(crate) struct App {
    pub(crate) url: String,
    pub(crate) project_id: String,
    pub(crate) keys: KeyStore,
    pub(crate) ca_pem: Option<String>,
    pub(crate) journal: Journal,
    pub(crate) cases: Cases,
    pub(crate) access: Access,
    start: Start,
    state: Mutex<State>,
}

impl App {
    pub(crate) fn new(
        url: String,
        project_id: String,
        keys: KeyStore,
        ca_pem: Option<String>,
        cases: Cases,
        access: Access,
        start: Start,
    ) -> Self {
        let state = Mutex::default();
        let app = Self { url, project_id, keys, ca_pem, journal: Journal::new(), cases, access, start, state };
        app.reset();
        app
    }

    /// Reads or changes the state. Nothing slow may happen inside.
    pub(crate) fn with_state<T>(&self, access: impl FnOnce(&mut State) -> T) -> T {
        access(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Restores the start: its users and settings, no sessions, no faults, an empty journal, the machine's clock, the
    /// first keys. Opened case runs stay.
    pub(crate) fn reset(&self) {
        let mut fresh = State { settings: self.start.settings.clone(), ..State::default() };
        let now = fresh.now();
        for user in self.start.users.clone() {
            fresh.users.put(user, now, new_user_id);
        }
        self.with_state(|state| *state = fresh);
        self.journal.clear();
    }

    /// Answers a request. The guard, present for requests of the journal, must live until the answer is delivered.
    pub(crate) async fn serve(
        &self,
        head: Parts,
        body: impl Future<Output = Result<Bytes, BodyError>>,
        connection: &Arc<ConnectionControl>,
    ) -> (Delivery, Option<InFlight>) {
        let (peer, local) = (connection.peer.ip(), connection.local);
        if head.uri.path() == "/emulator" || head.uri.path().starts_with("/emulator/") {
            return match body.await {
                Ok(body) => (Delivery::Whole(control::answer(self, &Request { head, body, peer }, local).await), None),
                Err(_) => (Delivery::Whole(too_large()), None),
            };
        }
        let in_flight = connection.begin_request();
        let sequence = self.journal.arrived(&head, connection.id());
        let body = match body.await {
            Ok(body) => body,
            Err(BodyError::TooLarge) => {
                let answer = too_large();
                self.journal.answered(sequence, Some(answer.status.as_u16()), None);
                return (Delivery::Whole(answer), Some(in_flight));
            }
            Err(BodyError::Incomplete) => {
                connection.abandoned();
                return (Delivery::Whole(Answer::default()), Some(in_flight));
            }
        };
        self.journal.body(sequence, &body);
        let (delivery, fault) = self.decide(head, body, peer).await;
        self.journal.answered(sequence, delivery.status(), fault.as_deref());
        (delivery, Some(in_flight))
    }

    /// The answer of the API or of a case, and the fault that spoilt it.
    async fn decide(&self, head: Parts, body: Bytes, peer: IpAddr) -> (Delivery, Option<String>) {
        let request = Request { head, body, peer };
        if request.path().starts_with("/case/") {
            return self.cases.serve(self, &request).await;
        }
        let Some(fault) = self.with_state(|state| state.faults.take(request.method(), request.path())) else {
            return (Delivery::Whole(api::answer(self, &request)), None);
        };
        tokio::time::sleep(fault.delay()).await;
        let answer = if fault.applies() { api::answer(self, &request) } else { Answer::default() };
        (fault.delivery(answer), Some(fault.name()))
    }
}

fn too_large() -> Answer {
    Answer::json(StatusCode::PAYLOAD_TOO_LARGE, &json!({"error": "the body is too large"}))
}
