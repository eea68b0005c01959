//! The crate telemetry-kit: events in a SQLite file, `sync` posts a batch of them.

use std::path::Path;

use peers::Peer;
use telemetry_kit::TelemetryKit;
use telemetry_kit::sync::SyncConfig;

struct Kit {
    runtime: tokio::runtime::Runtime,
    kit: TelemetryKit,
}

impl Peer for Kit {
    const ROOM: u64 = u64::MAX;

    fn open(address: &str, folder: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let id = "550e8400-e29b-41d4-a716-446655440000";
        let config = SyncConfig::builder().endpoint(address.trim_end_matches('/')).token("token").secret("secret");
        let config = config.org_id(id).and_then(|config| config.app_id(id)).and_then(|config| config.build());
        let kit = TelemetryKit::builder().service_name("bench").expect("a name").service_version("1.2.3");
        let kit = kit.db_path(folder.join("events.db")).sync(config.expect("a configuration")).build().expect("a kit");
        Self { runtime, kit }
    }

    fn record(&mut self, mark: &str) {
        let data = serde_json::json!({"name": "build", "ok": true, "duration": 850, "mark": mark});
        self.runtime.block_on(self.kit.track_custom("command", data)).expect("tracked");
    }

    fn deliver(&mut self) {
        while self.runtime.block_on(self.kit.stats()).expect("a count").unsynced_events > 0 {
            self.runtime.block_on(self.kit.sync()).expect("synced");
        }
    }

    fn close(self) {}
}

fn main() {
    peers::run::<Kit>();
}
