//! libFuzzer's way into the check `profile`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::profile(bytes);
});
