//! libFuzzer's way into the check `dotenv`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::dotenv(bytes);
});
