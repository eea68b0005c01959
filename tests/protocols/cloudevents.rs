//! Protocol `cloudevents` through the whole program: what the specification's schema and its own library read, in both modes.
//!
//! Promises: what is shown, sent and kept are the same bytes. Absent: the matrix of statuses.

use cloudevents::Event;
use cloudevents::event::{AttributesReader, Data};
use serde_json::{Value, json};

use crate::commands::given::{digest, first, number, text};
use crate::protocols::otlp::{record, speaking};
use crate::sandbox::schema::Schema;
use crate::sandbox::server::Answer;

#[test]
fn one_event_a_request_read_by_others() {
    let keys = "url: URL/in, protocol: cloudevents, prefix: com.acme.cli, \
        schemas: {command: 'https://acme.example/command/1-0-0.json'}";
    let acme = speaking(keys, [Answer::status(202).body("{\"accepted\":1}")]);
    acme.run(["track", "acme", "command", "name=build", "ok=true", "count=412"]).expect(0);
    acme.run(["track", "acme", "command", "name=test"]).expect(0);
    let shown = acme.json(&["show-payload", "acme"], "payload");
    let payload = first(&shown, "payloads");
    acme.run(["flush", "acme"]).expect(0);

    let requests = acme.at("/in");
    assert_eq!((requests.len(), number(payload, "events")), (2, 1));
    assert_eq!(text(payload, "digest"), digest(&requests[0].body));
    assert_eq!(text(payload, "body").as_bytes(), requests[0].body);
    assert_eq!(requests[0].header("content-type"), Some("application/cloudevents+json; charset=utf-8"));
    let tree: Value = serde_json::from_slice(&requests[0].body).expect("JSON");
    assert_eq!(Schema::named("cloudevents-1.0.json").wrong(&tree), None);

    let event: Event = serde_json::from_slice(&requests[0].body).expect("an event of the library's own type");
    let user = acme.home.read(".acme/profile.yml");
    let user =
        user.lines().find_map(|line| line.strip_prefix("user_id: ")).expect("an id").trim_matches('\'').to_owned();
    assert_eq!(event.source().replace("urn:uuid:", "").replace('-', ""), user);
    assert_eq!((event.ty(), event.datacontenttype()), ("com.acme.cli.command", Some("application/json")));
    assert_eq!(event.dataschema().map(ToString::to_string).as_deref(), Some("https://acme.example/command/1-0-0.json"));
    assert!(event.time().is_some() && event.subject().is_none());
    let Some(Data::Json(data)) = event.data() else { panic!("JSON: {event:?}") };
    let said = ["name", "ok", "count", "purpose"].map(|key| data[key].clone());
    assert_eq!(said, [json!("build"), json!(true), json!(412), json!("product-improvement")]);

    let log = acme.json(&["log", "acme", "--verify"], "log");
    let receipt = first(&log, "receipts");
    assert_eq!(
        (text(receipt, "outcome"), text(receipt, "check")),
        ("delivered", "verified"),
        "202 is no acknowledgement"
    );
}

#[test]
fn batches_only_for_who_asked() {
    let acme =
        speaking("url: URL/in, protocol: cloudevents, batch: array, method: PUT, source: /acme", [Answer::status(204)]);
    record(&acme, 501);
    acme.run(["flush", "acme"]).expect(0);
    let requests = acme.at("/in");
    let trees: Vec<Value> = requests.iter().map(|one| serde_json::from_slice(&one.body).expect("JSON")).collect();
    assert_eq!(trees.iter().map(|tree| tree.as_array().map_or(0, Vec::len)).collect::<Vec<_>>(), [500, 1]);
    for (request, tree) in requests.iter().zip(&trees) {
        assert_eq!(request.method, "PUT");
        assert_eq!(request.header("content-type"), Some("application/cloudevents-batch+json; charset=utf-8"));
        assert_eq!(Schema::named("cloudevents-1.0.json").wrong(tree), None);
        let events: Vec<Event> = serde_json::from_value(tree.clone()).expect("events of the library's own type");
        assert!(events.iter().all(|event| event.source() == "/acme" && event.subject().is_some()));
    }
}

#[test]
fn a_receiver_that_is_gone_for_good_gets_nothing_more_and_nothing_is_lost() {
    let acme = speaking("url: URL/in, protocol: cloudevents", [Answer::status(410)]);
    record(&acme, 3);
    let tree = acme.json_at(3, &["flush", "acme"], "flushed");
    assert_eq!((number(&tree, "waiting"), acme.at("/in").len()), (3, 1), "the first answer stops it");
    assert_eq!(acme.json_at(3, &["flush", "acme"], "flushed")["waiting"], json!(3));
}

#[test]
fn a_deletion_order_is_an_event_of_its_own() {
    let keys = "url: URL/in, protocol: cloudevents, batch: array\ndeletion:\n  - event: web\n";
    let acme = speaking(keys, [Answer::status(200)]);
    record(&acme, 1);
    acme.run(["flush", "acme"]).expect(0);
    let user = text(&acme.json(&["id", "acme"], "id"), "user_id").to_owned();
    acme.run(["forget", "acme", "--yes"]).expect(0);
    let [event, order] = <[_; 2]>::try_from(acme.at("/in")).expect("the event, and the order");
    let read = |body: &[u8]| -> Event { serde_json::from_slice::<Vec<Event>>(body).expect("events").remove(0) };
    let (event, order) = (read(&event.body), read(&order.body));
    assert_eq!((order.source(), order.ty()), (event.source(), "acme.telemetry.deletion_request.v1"));
    let Some(Data::Json(data)) = order.data() else { panic!("JSON: {order:?}") };
    assert_eq!(data, &json!({"ids": [{"kind": "user", "id": user}]}));
}
