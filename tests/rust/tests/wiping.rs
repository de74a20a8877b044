//! What is left of the bearers of past calls in the memory of the process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::process::Command;

use tenant_select::Client;
use tenant_select_tests::scene::Scene;

const CALLS: usize = 300;
const MASK: u8 = 0x55;

/// `Bearer P1:<token>` of a call, with every byte masked so that the text to look for is not itself in memory.
fn masked(call: usize) -> Vec<u8> {
    "Bearer P1:".bytes().chain(token(call).bytes()).map(|byte| byte ^ MASK).collect()
}

fn token(call: usize) -> String {
    format!("head.{}.{call:08}", "payload-".repeat(60))
}

/// How many of the bearers are whole somewhere in the writable memory of this process.
fn found(masked: &[Vec<u8>]) -> usize {
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = BufReader::new(File::open("/proc/self/maps").unwrap());
    let mut chunk = vec![0_u8; 1 << 20];
    let own = chunk.as_ptr() as u64..chunk.as_ptr() as u64 + chunk.len() as u64;
    let length = masked[0].len();
    let mut seen = vec![false; masked.len()];
    for line in maps.lines().map(Result::unwrap).filter(|line| line.contains(" rw")) {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let (start, end) = (u64::from_str_radix(start, 16).unwrap(), u64::from_str_radix(end, 16).unwrap());
        let mut at = start;
        while at < end {
            let size = usize::try_from((end - at).min(1 << 20)).unwrap();
            let Ok(read) = memory.read_at(&mut chunk[..size], at) else { break };
            for offset in 0..read.saturating_sub(length) {
                if chunk[offset] ^ MASK != masked[0][0] || own.contains(&(at + offset as u64)) {
                    continue;
                }
                for (bearer, seen) in masked.iter().zip(&mut seen) {
                    *seen |= bearer.iter().zip(&chunk[offset..]).all(|(masked, byte)| *masked == byte ^ MASK);
                }
            }
            // Overlapping, so that nothing is missed between two pieces.
            at += (size.saturating_sub(length)).max(1) as u64;
            if size < 1 << 20 {
                break;
            }
        }
        chunk.fill(0);
    }
    seen.iter().filter(|seen| **seen).count()
}

/// The server has its own copies, so the client is in a process of its own: this test again.
#[tokio::test]
async fn a_bearer_is_gone_when_its_call_is_done() {
    if let Ok(url) = std::env::var("WIPING_URL") {
        let client = Client::builder().project_id("P1").base_url(url).verify(false).retries(0).build().unwrap();
        for call in 0..CALLS {
            let _ = client.me(&token(call).into()).await;
            let _ = client.select_tenant("T1", &token(call).into()).await;
        }
        let left = found(&(0..CALLS).map(masked).collect::<Vec<_>>());
        // stdout of a test is captured only when it passes.
        std::fs::write(std::env::var("WIPING_RESULT").unwrap(), left.to_string()).unwrap();
        return;
    }
    let scene = Scene::start().await.unwrap();
    let result = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("wiping.txt");
    let (url, path) = (scene.emulator.url().to_owned(), result.clone());
    let child = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_bearer_is_gone_when_its_call_is_done"])
            .env("WIPING_URL", url)
            .env("WIPING_RESULT", path)
            .output()
    });
    let output = child.await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let left: usize = std::fs::read_to_string(result).unwrap().parse().unwrap();
    println!("{left} of {CALLS} bearers were found whole");
    // The write buffer of the connection keeps the head of its last request.
    assert!(left <= 2, "{left} of {CALLS} bearers were found whole");
}
