//! libFuzzer's way into the check `toml`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::toml(bytes);
});
