//! libFuzzer's way into the check `entry`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::entry(bytes);
});
