//! libFuzzer's way into the check `stored`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::stored(bytes);
});
