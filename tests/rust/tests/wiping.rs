//! What is left of the tokens of past calls in the memory of the process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::process::Command;

use tenant_select::{Client, RefreshJwt};
use tenant_select_tests::fixture::{Fixture, all_at_once};

const CALLS: usize = 300;
const AT_ONCE: usize = 4;
const PIECE: &str = "payload-";
/// How many pieces, and the number of the call behind them, count as a token that was found: the allocator writes over the
/// beginning of what is freed.
const PIECES: usize = 16;

/// A token of its own length for each call, in a buffer that does not grow, because that would leave copies behind.
fn token(call: usize) -> RefreshJwt {
    let pieces = PIECES + call * 37 % 150;
    let mut text = String::with_capacity(5 + pieces * PIECE.len() + 10);
    text.push_str("head.");
    (0..pieces).for_each(|_| text.push_str(PIECE));
    text.push('.');
    (0..8).rev().for_each(|digit| text.push(char::from(b'0' + u8::try_from(call / 10_usize.pow(digit) % 10).unwrap())));
    text.into()
}

/// The calls whose token is somewhere in the writable memory of this process.
fn found() -> BTreeSet<usize> {
    const CHUNK: usize = 1 << 20;
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = BufReader::new(File::open("/proc/self/maps").unwrap());
    let mut chunk = vec![0_u8; CHUNK];
    let own = chunk.as_ptr() as u64..chunk.as_ptr() as u64 + chunk.len() as u64;
    let mut calls = BTreeSet::new();
    let before = PIECES * PIECE.len();
    for line in maps.lines().map(Result::unwrap).filter(|line| line.contains(" rw")) {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let (start, end) = (u64::from_str_radix(start, 16).unwrap(), u64::from_str_radix(end, 16).unwrap());
        let mut at = start;
        while at < end {
            let size = usize::try_from((end - at).min(CHUNK as u64)).unwrap();
            let Ok(read) = memory.read_at(&mut chunk[..size], at) else { break };
            for dot in before..read.saturating_sub(8) {
                let digits = &chunk[dot + 1..dot + 9];
                if chunk[dot] != b'.' || own.contains(&(at + dot as u64)) || !digits.iter().all(u8::is_ascii_digit) {
                    continue;
                }
                if chunk[dot - before..dot].chunks(PIECE.len()).all(|piece| piece == PIECE.as_bytes()) {
                    calls.insert(digits.iter().fold(0, |number, digit| number * 10 + usize::from(digit - b'0')));
                }
            }
            // Overlapping, so that nothing is missed between two pieces.
            at += if size < CHUNK { size as u64 } else { (CHUNK - before - 16) as u64 };
        }
    }
    calls
}

/// The server has its own copies, so the client is in a process of its own: this test again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_wiped_when_its_call_is_done() {
    if let Ok(url) = std::env::var("WIPING_URL") {
        let client = Client::builder().project_id("P1").base_url(url).verify(false).retries(0).build().unwrap();
        // A few at a time, so that a buffer that was freed is not at once written over by the next one.
        for calls in (0..CALLS).collect::<Vec<_>>().chunks(AT_ONCE) {
            all_at_once(calls.iter().map(|call| {
                let (client, token) = (client.clone(), token(*call));
                async move {
                    let _ = client.select_tenant("T1", &token).await;
                }
            }))
            .await;
        }
        // What a test prints is captured when it passes.
        std::fs::write(std::env::var("WIPING_RESULT").unwrap(), found().len().to_string()).unwrap();
        return;
    }
    let fixture = Fixture::start().await.unwrap();
    let result = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("wiping.txt");
    let (url, path) = (fixture.emulator.url().to_owned(), result.clone());
    let child = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_token_is_wiped_when_its_call_is_done"])
            .env("WIPING_URL", url)
            .env("WIPING_RESULT", path)
            .output()
    });
    let output = child.await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let left: usize = std::fs::read_to_string(result).unwrap().parse().unwrap();
    println!("the tokens of {left} of {CALLS} calls were found");
    // Each connection has a write buffer, which keeps the head of its last request; one that grew left an earlier one behind.
    assert!(left * 10 <= CALLS, "the tokens of {left} of {CALLS} calls were found");
}
