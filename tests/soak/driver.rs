//! The Rust crate in a soak: the scenario on standard input, one line of JSON on standard output.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::io::stdin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Deserialize;
use serde_json::json;
use tenant_select::{
    Client, Error, JwtResponse, Operation, Outcome, RefreshJwt, RefreshOptions, SessionJwt, TenantFilter,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scenario {
    name: String,
    operations: Vec<String>,
    tenants: Vec<String>,
    workers: usize,
    calls: usize,
    clients: usize,
    pending: usize,
    pending_rounds: usize,
    timeout_seconds: u64,
    sample_every: usize,
    base_url: String,
    project_id: String,
    refresh_jwt: String,
    sign_ins: Vec<Vec<(String, String)>>,
}

impl Scenario {
    fn client(&self) -> Client {
        let timeout = Duration::from_secs(self.timeout_seconds);
        let builder = Client::builder().project_id(&self.project_id).base_url(&self.base_url);
        builder.timeout(timeout).connect_timeout(timeout).build().unwrap()
    }
}

/// What this process uses: bytes of memory (RSS), descriptors, threads.
fn used() -> [usize; 3] {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: usize = memory.trim().trim_end_matches(" kB").parse().unwrap();
    let entries = |folder| fs::read_dir(folder).unwrap().count();
    [kib * 1024, entries("/proc/self/fd"), entries("/proc/self/task")]
}

/// What became of the calls, and what the process used meanwhile.
#[derive(Default)]
struct Log {
    made: usize,
    ended: BTreeMap<String, usize>,
    samples: Vec<[usize; 4]>,
}

impl Log {
    fn note(&mut self, scenario: &Scenario, what: String) {
        *self.ended.entry(what).or_default() += 1;
        self.made += 1;
        if self.made.is_multiple_of(scenario.sample_every) {
            self.sample(self.made);
        }
    }

    fn sample(&mut self, made: usize) {
        let [memory, descriptors, threads] = used();
        self.samples.push([made, memory, descriptors, threads]);
    }
}

type SharedLog = Arc<Mutex<Log>>;

/// One user: calls one after the other, with the newest refresh token; a new sign-in where the newest may be lost.
struct Worker {
    scenario: Arc<Scenario>,
    client: Client,
    number: usize,
    random: StdRng,
    sign_ins: usize,
    refresh_jwt: RefreshJwt,
    session_jwt: SessionJwt,
}

impl Worker {
    fn new(scenario: Arc<Scenario>, client: Client, number: usize) -> Self {
        let (refresh_jwt, session_jwt) = scenario.sign_ins[number][0].clone();
        let random = StdRng::seed_from_u64(number as u64);
        let (refresh_jwt, session_jwt) = (RefreshJwt::new(refresh_jwt), SessionJwt::new(session_jwt));
        Self { scenario, client, number, random, sign_ins: 1, refresh_jwt, session_jwt }
    }

    fn any<'list>(random: &mut StdRng, list: &'list [String]) -> &'list str {
        &list[random.random_range(0..list.len())]
    }

    /// Makes any call, and gives the response of an exchange.
    async fn request(&mut self) -> Result<Option<JwtResponse>, Error> {
        let Self { scenario, client, random, refresh_jwt, session_jwt, .. } = self;
        match Self::any(random, &scenario.operations) {
            "refresh" => client.refresh_session(refresh_jwt, RefreshOptions::new()).await.map(Some),
            "select" => {
                let tenant = Self::any(random, &scenario.tenants);
                client.select_tenant(tenant, refresh_jwt).await.map(Some)
            }
            "me" => client.me(refresh_jwt).await.map(|_| None),
            "tenants" => client.my_tenants(refresh_jwt, &TenantFilter::All).await.map(|_| None),
            "history" => client.history(refresh_jwt).await.map(|_| None),
            _ => client.validate_session(session_jwt, None).await.map(|_| None),
        }
    }

    async fn call(&mut self) -> String {
        match self.request().await {
            Ok(None) => "read".to_owned(),
            Ok(Some(response)) => {
                self.refresh_jwt = response.refresh_jwt.clone().unwrap();
                self.session_jwt = response.session_jwt.clone().unwrap();
                if response.reused() { "reused" } else { "delivered" }.to_owned()
            }
            Err(error) => {
                let exchange = matches!(error.operation(), Some(Operation::RefreshSession | Operation::SelectTenant));
                if exchange && error.outcome() == Outcome::Unknown {
                    // The service may have issued tokens that did not arrive.
                    self.refresh_jwt = RefreshJwt::new(self.scenario.sign_ins[self.number][self.sign_ins].0.clone());
                    self.sign_ins += 1;
                }
                ending(&error) + if exchange { " exchange" } else { "" }
            }
        }
    }
}

fn ending(error: &Error) -> String {
    format!("{} {}", error.kind().code(), error.outcome().as_str())
}

/// Workers that call one after the other.
async fn calls(scenario: &Arc<Scenario>, log: &SharedLog) {
    let client = scenario.client();
    let workers = (0..scenario.workers).map(|number| {
        let mut worker = Worker::new(Arc::clone(scenario), client.clone(), number);
        let log = Arc::clone(log);
        tokio::spawn(async move {
            for _ in 0..worker.scenario.calls / worker.scenario.workers {
                let ended = worker.call().await;
                log.lock().unwrap().note(&worker.scenario, ended);
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
}

/// Clients that are made, used once and closed.
async fn clients(scenario: &Scenario, log: &SharedLog) {
    let token = RefreshJwt::new(scenario.refresh_jwt.clone());
    for _ in 0..scenario.clients {
        let client = scenario.client();
        client.me(&token).await.unwrap();
        client.close();
        log.lock().unwrap().note(scenario, "read".to_owned());
    }
}

/// Calls that are all pending at once, before and after which one call is made; several times, each with a client of its own.
async fn pending(scenario: &Arc<Scenario>, log: &SharedLog) {
    for _ in 0..scenario.pending_rounds {
        let (client, token) = (scenario.client(), RefreshJwt::new(scenario.refresh_jwt.clone()));
        client.me(&token).await.unwrap();
        let calls = (0..scenario.pending).map(|_| {
            let (client, token) = (client.clone(), token.clone());
            let (scenario, log) = (Arc::clone(scenario), Arc::clone(log));
            tokio::spawn(async move {
                let ended = client.me(&token).await.map_or_else(|error| ending(&error), |_| "read".to_owned());
                log.lock().unwrap().note(&scenario, ended);
            })
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.unwrap();
        }
        client.me(&token).await.unwrap();
        client.close();
        drop(client);
        log.lock().unwrap().sample(scenario.pending);
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let scenario: Scenario = serde_json::from_reader(stdin()).unwrap();
    let (scenario, log) = (Arc::new(scenario), SharedLog::default());
    match scenario.name.as_str() {
        "calls" => calls(&scenario, &log).await,
        "clients" => clients(&scenario, &log).await,
        "pending" => pending(&scenario, &log).await,
        other => panic!("there is no scenario {other}"),
    }
    let log = log.lock().unwrap();
    println!("{}", json!({"ended": log.ended, "samples": log.samples}));
}
