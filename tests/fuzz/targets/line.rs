//! libFuzzer's way into the check `line`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::line(bytes);
});
