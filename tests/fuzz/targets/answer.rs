//! libFuzzer's way into the check `answer`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::answer(bytes);
});
