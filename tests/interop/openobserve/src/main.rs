//! What OpenObserve does with its settings, made of the crates that it is made of: it reads `.env` and `ZO_*` as the server does when it
//! starts, prints what it makes of them, and, where telemetry is on, sends an event as the server does.
//!
//! `openobserve MODE INSTANCE [EVENT PROPERTIES]`; MODE is one of
//! - `environment-wins-0.1`: up to v0.1.7, whose dotenv_config knows lower case only;
//! - `environment-wins`: up to v0.10.7-rc2, `dotenv()`;
//! - `file-wins`: since, `dotenv_override()`.
//!
//! Absent: the server. Its events are told what to say.

use dotenv_config::EnvConfig;
use dotenv_config_before::EnvConfig as EnvConfigBefore;
use segment::message::{Track, User};
use segment::{Client, HttpClient, Message};

#[derive(Debug, EnvConfig)]
struct Now {
    #[env_config(name = "ZO_TELEMETRY", default = true)]
    telemetry: bool,
    #[env_config(name = "ZO_TELEMETRY_URL", default = "https://e1.zinclabs.dev")]
    url: String,
    #[env_config(name = "ZO_INSTANCE_NAME", default = "")]
    name: String,
    #[env_config(name = "ZO_DATA_DIR", default = "./data/openobserve/")]
    data: String,
}

#[derive(Debug, EnvConfigBefore)]
struct Before {
    #[env_config(name = "ZO_TELEMETRY", default = true)]
    telemetry: bool,
    #[env_config(name = "ZO_TELEMETRY_URL", default = "https://e1.zinclabs.dev")]
    url: String,
    #[env_config(name = "ZO_INSTANCE_NAME", default = "")]
    name: String,
    #[env_config(name = "ZO_DATA_DIR", default = "./data/openobserve/")]
    data: String,
}

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let word = |at: usize| given.get(at).map(String::as_str);
    let (mode, instance) = (word(0).expect("a mode"), word(1).expect("an instance"));
    // The server drops this error, too: what stands after a broken line is never read.
    let read = match mode {
        "file-wins" => dotenvy::dotenv_override(),
        "environment-wins" | "environment-wins-0.1" => dotenvy::dotenv(),
        other => panic!("{other} is no mode"),
    };
    let read = read.map_or_else(|why| why.to_string(), |path| path.display().to_string());
    let (telemetry, url, name, data) = if mode == "environment-wins-0.1" {
        let config = Before::init().expect("settings");
        (config.telemetry, config.url, config.name, config.data)
    } else {
        let config = Now::init().expect("settings");
        (config.telemetry, config.url, config.name, config.data)
    };
    println!(
        "{}",
        serde_json::json!({"telemetry": telemetry, "url": url, "instance_name": name, "data_dir": data, "env_file": read})
    );
    if !telemetry {
        return;
    }
    // Whatever it made of its settings, it leaves this machine by no mistake of a test.
    assert!(url.starts_with("http://127.0.0.1:"), "{url} is not on loopback");
    let properties = word(3).map_or_else(|| serde_json::json!({}), |text| serde_json::from_str(text).expect("JSON"));
    let track = Track {
        user: User::UserId { user_id: instance.to_owned() },
        event: word(2).unwrap_or("OpenObserve - Starting server").to_owned(),
        properties,
        timestamp: Some(time::OffsetDateTime::now_utc()),
        ..Track::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // As the server: no limit but the one for connecting, no second try, and a failure is only told.
    let client =
        reqwest::Client::builder().connect_timeout(std::time::Duration::from_secs(10)).build().expect("a client");
    let sent = runtime.block_on(HttpClient::new(client, url).send(instance.to_owned(), Message::from(track)));
    if let Err(why) = sent {
        eprintln!("Error sending event {why}");
    }
}
