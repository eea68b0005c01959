//! libFuzzer's way into the check `json`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::json(bytes);
});
