//! Contract cases: opened, served, held against what came.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tenant_select_emulator::{Emulator, Options};

use crate::support::{Client, PATIENCE, claims, header};

/// A directory of cases that goes away with the test.
struct Cases(PathBuf);

impl Cases {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tenant-select-cases-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, id: &str, case: &Value) {
        let path = self.0.join(format!("{}.json", id.replace('.', "/")));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, case.to_string()).unwrap();
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Cases {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn select_case(id: &str) -> Value {
    json!({
        "id": id,
        "about": "A selection.",
        "tokens": {
            "refresh": {"profile": "refresh"},
            "session": {"claims": {"dct": "T1"}},
        },
        "client": {"projectId": "Pcase", "verify": true},
        "operation": "select_tenant",
        "arguments": {"tenantId": "T1", "refreshJwt": "{{refresh}}"},
        "exchanges": [{
            "request": {
                "method": "POST", "path": "/v1/auth/tenant/select",
                "headers": {"authorization": "Bearer {{projectId}}:{{refresh}}", "x-gone": null, "x-some": {"$present": true}},
                "body": {"tenant": "T1"},
            },
            "response": {
                "headers": {"x-request-id": "q1", "set-cookie": ["a=1", "b=2"]},
                "body": {"sessionJwt": "{{session}}", "at": {"$now": 0}, "keys": {"$jwks": ["ES256"]}},
            },
        }],
        "expect": {"value": {"$response": 0}, "session": {"$claims": "session"}, "base": "{{baseUrl}}"},
    })
}

async fn serve(cases: &Cases) -> (Emulator, Client) {
    let emulator = Emulator::start(Options::default().cases(cases.path())).await.unwrap();
    let client = Client::new(&emulator);
    (emulator, client)
}

struct Run {
    name: String,
    path: String,
    case: Value,
}

async fn open(client: &Client, id: &str) -> Run {
    let reply = client.done("POST", "/runs", json!({"case": id})).await.json();
    let name = reply["run"].as_str().unwrap().to_owned();
    let path = format!("/case/{id}/{name}");
    assert!(reply["baseUrl"].as_str().unwrap().ends_with(&path));
    Run { name, path, case: reply["case"].clone() }
}

async fn report(client: &Client, run: &Run) -> Value {
    client.done("GET", &format!("/runs/{}", run.name), Value::Null).await.json()
}

/// The request that the case wants, to be spoilt.
fn wanted(client: &Client, run: &Run) -> reqwest::RequestBuilder {
    let request = &run.case["exchanges"][0]["request"];
    client
        .request("POST", &format!("{}/v1/auth/tenant/select", run.path))
        .header("authorization", request["headers"]["authorization"].as_str().unwrap())
        .header("x-some", "thing")
        .body(request["body"].to_string())
}

#[tokio::test]
async fn a_run_renders_serves_and_completes() {
    let cases = Cases::new("complete");
    cases.write("select.ok", &select_case("select.ok"));
    let (emulator, client) = serve(&cases).await;
    let run = open(&client, "select.ok").await;

    let refresh = run.case["arguments"]["refreshJwt"].as_str().unwrap();
    assert_eq!(claims(refresh)["iss"], format!("{}/v1/apps/Pcase", emulator.url()));
    assert_eq!(header(refresh)["kid"], "test-rs256");
    let expect = &run.case["expect"];
    assert_eq!(expect["value"], run.case["exchanges"][0]["response"]["body"]);
    assert_eq!(expect["session"], Value::Object(claims(expect["value"]["sessionJwt"].as_str().unwrap())));
    assert_eq!(expect["base"], format!("{}{}", emulator.url(), run.path));
    assert_eq!(expect["value"]["keys"]["keys"][0]["alg"], "ES256");
    assert!(expect["value"]["at"].is_i64());

    assert_eq!(
        report(&client, &run).await,
        json!({"case": "select.ok", "requests": [], "problems": [], "complete": false})
    );
    let reply = client.send(wanted(&client, &run)).await.unwrap();
    assert_eq!((reply.status, reply.json()), (200, expect["value"].clone()));
    assert_eq!(reply.headers["x-request-id"], "q1");
    assert_eq!(reply.headers["content-type"], "application/json");
    assert_eq!(reply.cookies(), ["a=1", "b=2"]);
    let requests = json!([{"method": "POST", "path": "/v1/auth/tenant/select", "status": 200}]);
    let done = json!({"case": "select.ok", "requests": requests, "problems": [], "complete": true});
    assert_eq!(report(&client, &run).await, done);

    let again = client.send(wanted(&client, &run)).await.unwrap();
    assert_eq!(again.status, 418);
    let report = report(&client, &run).await;
    assert_eq!(
        report["problems"][0],
        "request 2 (POST /v1/auth/tenant/select): it came more often than the case foresees"
    );
}

#[tokio::test]
async fn every_difference_is_reported_without_tokens() {
    let cases = Cases::new("differences");
    cases.write("select.ok", &select_case("select.ok"));
    let (_emulator, client) = serve(&cases).await;
    type Spoil = fn(reqwest::RequestBuilder) -> reqwest::RequestBuilder;
    let table: [(Spoil, &str); 8] = [
        (|request| request.header("x-gone", "1"), "the header \"x-gone\" must not be there"),
        (|request| request.header("authorization", "Bearer x"), "\"authorization\" came more than once"),
        (|request| request.header("cookie", "a=b"), "a \"cookie\" header came"),
        (|request| request.body("{}"), "\"tenant\" is missing"),
        (|request| request.body(r#"{"tenant":"T1","x":1}"#), "\"x\" is too much"),
        (|request| request.body(r#"{"tenant":"T2"}"#), "\"tenant\": \"T2\" instead of \"T1\""),
        (|request| request.body("tenant=T1"), "the body is not JSON"),
        (|request| request.body(""), "the body is not JSON"),
    ];
    for (spoil, complaint) in table {
        let run = open(&client, "select.ok").await;
        let reply = client.send(spoil(wanted(&client, &run))).await.unwrap();
        assert_eq!(reply.status, 418, "{complaint}");
        assert!(reply.text.contains(&complaint.replace('"', "\\\"")), "{complaint}: {}", reply.text);
        let report = report(&client, &run).await;
        assert!(report["problems"].to_string().contains(&complaint.replace('"', "\\\"")), "{complaint}: {report}");
        assert_eq!(report["requests"][0]["status"], 418);
    }
    let run = open(&client, "select.ok").await;
    let request = client.request("POST", &format!("{}/v1/auth/tenant/select?a=b", run.path));
    let missing = client.send(request.header("authorization", "Bearer secret.secret.secret")).await.unwrap();
    assert!(missing.text.contains("the header \\\"x-some\\\" is missing"), "{}", missing.text);
    assert!(missing.text.contains("(1 parts, expected 2)") && !missing.text.contains("secret"), "{}", missing.text);
    assert!(missing.text.contains("the query has [a] and should have []"), "{}", missing.text);
    let unforeseen = client.send(client.request("GET", &format!("{}/v1/auth/me", run.path))).await.unwrap();
    assert!(unforeseen.text.contains("it is not foreseen by the case"), "{}", unforeseen.text);
}

#[tokio::test]
async fn exchanges_for_one_path_are_used_in_order_and_as_often_as_stated() {
    let cases = Cases::new("order");
    let exchange = |status: u16, times: u32| json!({"request": {"method": "GET", "path": "/v1/auth/me"}, "response": {"status": status, "text": "x"}, "times": times});
    let mut case = select_case("order");
    case["exchanges"] = json!([exchange(503, 2), exchange(200, 1)]);
    case["expect"] = json!({});
    cases.write("order", &case);
    let (_emulator, client) = serve(&cases).await;
    let run = open(&client, "order").await;
    for (status, complete) in [(503, false), (503, false), (200, true)] {
        let reply = client.send(client.request("GET", &format!("{}/v1/auth/me", run.path))).await.unwrap();
        assert_eq!(reply.status, status);
        assert_eq!(report(&client, &run).await["complete"], complete);
    }
}

#[tokio::test]
async fn unlisted_key_sets_get_a_response_and_are_not_counted() {
    let cases = Cases::new("keys");
    cases.write("free", &select_case("free"));
    let mut listed = select_case("listed");
    listed["exchanges"] = json!([{
        "request": {"method": "GET", "path": "/v2/keys/Pcase"},
        "response": {"body": {"$jwks": [{"key": "RS256.other", "set": {"kid": "k", "use": null}}]}},
    }]);
    listed["expect"] = json!({});
    cases.write("listed", &listed);
    let (_emulator, client) = serve(&cases).await;

    let run = open(&client, "free").await;
    for prefix in ["", "/prefix"] {
        let request = client.request("GET", &format!("{}{prefix}/v2/keys/Pcase", run.path));
        let keys = client.send(request).await.unwrap().json();
        assert_eq!(keys["keys"].as_array().unwrap().len(), 10);
    }
    assert_eq!(report(&client, &run).await["requests"], json!([]));

    let run = open(&client, "listed").await;
    let keys = client.send(client.request("GET", &format!("{}/v2/keys/Pcase", run.path))).await.unwrap().json();
    assert_eq!((&keys["keys"][0]["kid"], keys["keys"][0].get("use")), (&json!("k"), None));
    assert_eq!(report(&client, &run).await["complete"], true);
}

#[tokio::test]
async fn responses_may_be_text_bytes_empty_late_or_a_fault() {
    let cases = Cases::new("responses");
    let respond_with = |id: &str, response: Value| {
        let mut case = select_case(id);
        case["exchanges"] = json!([{"request": {"method": "GET", "path": "/x"}, "response": response}]);
        case["expect"] = json!({});
        cases.write(id, &case);
    };
    respond_with("text", json!({"status": 502, "headers": {"content-type": "text/html"}, "text": "<html>"}));
    respond_with("bytes", json!({"base64": "/wA="}));
    respond_with("nothing", json!({"status": 204}));
    respond_with("null", json!({"body": null}));
    respond_with("late", json!({"text": "late", "delayMs": 30}));
    respond_with("reset", json!({"fault": {"kind": "reset"}}));
    respond_with("cut", json!({"text": "0123456789", "fault": {"kind": "truncate", "afterBytes": 4}}));
    let (emulator, client) = serve(&cases).await;
    let get = async |id: &str| {
        let run = open(&client, id).await;
        let result = client.send(client.request("GET", &format!("{}/x", run.path))).await;
        (result, report(&client, &run).await)
    };
    let (reply, _) = get("text").await;
    let reply = reply.unwrap();
    assert_eq!(
        (reply.status, reply.text.as_str(), &reply.headers["content-type"]),
        (502, "<html>", &"text/html".parse().unwrap())
    );
    assert!(get("bytes").await.0.is_ok());
    assert_eq!(get("nothing").await.0.unwrap().status, 204);
    assert_eq!(get("null").await.0.unwrap().text, "null");
    assert_eq!(get("late").await.0.unwrap().text, "late");
    let (failed, seen) = get("reset").await;
    assert!(failed.is_err());
    assert_eq!((&seen["requests"][0]["status"], &seen["complete"]), (&Value::Null, &json!(true)));
    assert!(get("cut").await.0.is_err());
    let filter = tenant_select_emulator::JournalFilter::requests().responded().count(7);
    assert!(emulator.wait_for(&filter, PATIENCE).await);
}

#[tokio::test]
async fn an_edited_case_needs_no_restart_and_runs_survive_a_reset() {
    let cases = Cases::new("edited");
    cases.write("a", &select_case("a"));
    let (emulator, client) = serve(&cases).await;
    let run = open(&client, "a").await;
    let mut edited = select_case("a");
    edited["about"] = json!("Another.");
    cases.write("a", &edited);
    cases.write("b.c", &select_case("b.c"));
    assert_eq!(open(&client, "a").await.case["about"], "Another.");
    assert_eq!(client.done("GET", "/cases", Value::Null).await.json(), json!(["a", "b.c"]));
    emulator.reset();
    assert_eq!(client.send(wanted(&client, &run)).await.unwrap().status, 200);

    edited["exchanges"][0]["response"]["status"] = json!("ok");
    cases.write("a", &edited);
    let refused = client.control("POST", "/runs", json!({"case": "a"})).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("exchanges[0].response.status"), "{}", refused.text);
}

#[tokio::test]
async fn each_row_of_a_table_is_a_case() {
    let cases = Cases::new("rows");
    let mut table = select_case("select.status");
    table["rows"] = json!({
        "401": {"about": "401 is a refusal.", "exchanges": {"0": {"response": {"status": 401, "headers": null}}}},
        "plain": {"about": "The table as it is."},
    });
    cases.write("select.status", &table);
    cases.write("select.status.other", &select_case("select.status.other"));
    let (_emulator, client) = serve(&cases).await;
    let ids = ["select.status.401", "select.status.other", "select.status.plain"];
    assert_eq!(client.done("GET", "/cases", Value::Null).await.json(), json!(ids));
    let refused = open(&client, ids[0]).await.case;
    assert_eq!((&refused["id"], &refused["about"]), (&json!(ids[0]), &json!("401 is a refusal.")));
    let response = &refused["exchanges"][0]["response"];
    assert_eq!((&response["status"], response.get("headers")), (&json!(401), None));
    assert_eq!(refused["exchanges"][0]["request"]["path"], "/v1/auth/tenant/select");
    assert_eq!(open(&client, ids[2]).await.case["exchanges"][0]["response"].get("status"), None);
    for id in ["select.status", "select.status.402", "select.other.401"] {
        let refused = client.control("POST", "/runs", json!({"case": id})).await.status;
        assert!(matches!(refused, 400 | 404), "{id}: {refused}");
    }
}

#[tokio::test]
async fn an_invalid_row_stops_the_start_and_is_named_with_the_place() {
    let table: [(Value, &str); 5] = [
        (json!({"exchanges": {"1": {}}}), "rows.r.exchanges.1: there is no such element"),
        (json!({"call": null}), "rows.r.call: there is nothing to take away"),
        (json!({"id": "x"}), "rows.r has an id or rows of its own"),
        (json!({"abuot": "x"}), "rows.r: abuot: unknown field `abuot`"),
        (json!({"about": ""}), "rows.r: about and operation must not be empty"),
    ];
    for (number, (row, complaint)) in table.into_iter().enumerate() {
        let cases = Cases::new(&format!("invalid-row-{number}"));
        let mut case = select_case("some.table");
        case["rows"] = json!({"r": row});
        cases.write("some.table", &case);
        let error = Emulator::start(Options::default().cases(cases.path())).await.unwrap_err().to_string();
        assert!(error.contains("some/table.json: ") && error.contains(complaint), "{complaint}: {error}");
    }
    let cases = Cases::new("row-and-file");
    let mut case = select_case("some.table");
    case["rows"] = json!({"r": {}});
    cases.write("some.table", &case);
    cases.write("some.table.r", &select_case("some.table.r"));
    let error = Emulator::start(Options::default().cases(cases.path())).await.unwrap_err().to_string();
    assert!(error.contains("\"some.table.r\" is both a file and a row"), "{error}");
}

#[tokio::test]
async fn a_case_can_be_used_without_a_run() {
    let cases = Cases::new("stateless");
    cases.write("a", &select_case("a"));
    let (_emulator, client) = serve(&cases).await;
    let shown = client.done("GET", "/cases/a", Value::Null).await.json();
    for _ in 0..2 {
        let reply = client.send(client.request("POST", "/case/a/v1/auth/tenant/select")).await.unwrap();
        assert_eq!(reply.json(), shown["case"]["expect"]["value"]);
    }
    assert_eq!(client.send(client.request("GET", "/case/a/v1/auth/me")).await.unwrap().status, 418);
    assert_eq!(client.send(client.request("GET", "/case/b/v1/auth/me")).await.unwrap().status, 418);
    assert_eq!(client.send(client.request("GET", "/case/a/r99/v1/auth/me")).await.unwrap().status, 418);
}

#[tokio::test]
async fn an_invalid_case_stops_the_start_and_is_named_with_the_place() {
    type Spoil = fn(&mut Value);
    let table: [(Spoil, &str); 10] = [
        (|case| case["id"] = json!("other"), "id: \"other\" is not the path of the file"),
        (|case| case["abuot"] = json!("x"), "unknown field `abuot`"),
        (|case| case["exchanges"][0]["response"]["status"] = json!("200"), "exchanges[0].response.status"),
        (|case| case["exchanges"][0]["response"]["text"] = json!("x"), "exchanges[0].response must have at most one"),
        (|case| case["exchanges"][0]["times"] = json!(0), "exchanges[0].times must be at least 1"),
        (|case| case["exchanges"][0]["request"]["headers"]["x"] = json!(1), "request.headers.x must be a text"),
        (|case| case["tokens"]["session"]["sgin"] = json!("own"), "tokens.session.sgin: unknown field"),
        (|case| case["arguments"]["refreshJwt"] = json!("{{refrsh}}"), "there is no token \"refrsh\""),
        (|case| case["expect"]["value"] = json!({"$response": 1}), "\"$response\" names no exchange: 1"),
        (
            |case| case["exchanges"][0]["response"]["fault"] = json!({"kind": "reset", "status": 1}),
            "exchanges[0].response.fault: \"status\" means nothing",
        ),
    ];
    for (number, (spoil, complaint)) in table.into_iter().enumerate() {
        let cases = Cases::new(&format!("invalid-{number}"));
        let mut case = select_case("some.case");
        spoil(&mut case);
        cases.write("some.case", &case);
        let error = Emulator::start(Options::default().cases(cases.path())).await.unwrap_err().to_string();
        assert!(error.contains("some/case.json: ") && error.contains(complaint), "{complaint}: {error}");
    }
}
