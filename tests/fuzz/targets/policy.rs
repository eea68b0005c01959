//! libFuzzer's way into the check `policy`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::policy(bytes);
});
