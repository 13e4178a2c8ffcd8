//! SymScan on two files of values: all pairs that at most K insertions, deletions and substitutions separate.
//!
//! usage: symscan-pairs A.csv B.csv levenshtein_distance K WORKERS PAIRS.csv      (see ../peer.py)
//!
//! SymScan reads ASCII alone. A distance does not depend on which characters stand for which, so this gives each of the
//! 127 most frequent characters an ASCII character of its own. All others share one more. Two texts that have it may be
//! farther apart than SymScan says, never nearer; so their distance is measured once more.

use rapidfuzz::distance::levenshtein;
use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

const SHARED: char = '\u{7f}';

/// The column `text` of a file.
fn read(path: &str) -> Result<Vec<String>, csv::Error> {
    let mut records = csv::Reader::from_path(path)?;
    let texts = records.deserialize().map(|row| row.map(|(text,)| text));
    texts.collect()
}

/// An ASCII character for each of the most frequent characters.
fn ascii_codes(texts: &[&[String]]) -> HashMap<char, char> {
    let mut times: HashMap<char, usize> = HashMap::new();
    for c in texts.iter().copied().flatten().flat_map(|text| text.chars()) {
        *times.entry(c).or_default() += 1;
    }
    let mut order: Vec<char> = times.keys().copied().collect();
    order.sort_by_key(|c| (std::cmp::Reverse(times[c]), *c));
    order.into_iter().zip('\0'..SHARED).collect()
}

/// The texts in such characters.
fn as_ascii(texts: &[String], codes: &HashMap<char, char>) -> Vec<String> {
    let code = |c: char| codes.get(&c).copied().unwrap_or(SHARED);
    texts.iter().map(|text| text.chars().map(code).collect()).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [path_a, path_b, metric, most, workers, out] = &words[..] else {
        return Err("usage: symscan-pairs A.csv B.csv levenshtein_distance K WORKERS PAIRS.csv".into());
    };
    if metric != "levenshtein_distance" {
        return Err(format!("SymScan has no {metric}").into());
    }
    let most: u8 = most.parse()?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(workers.parse()?)
        .build_global()?;
    let (texts_a, texts_b) = (read(path_a)?, read(path_b)?);
    let codes = ascii_codes(&[&texts_a, &texts_b]);
    let (a, b) = (as_ascii(&texts_a, &codes), as_ascii(&texts_b, &codes));

    let began = Instant::now();
    let found = symscan::get_neighbors_across(&a, &b, most)?;
    let mut pairs = Vec::with_capacity(found.len());
    for k in 0..found.len() {
        let (i, j) = (found.row[k] as usize, found.col[k] as usize);
        let mut distance = usize::from(found.dists[k]);
        if a[i].contains(SHARED) && b[j].contains(SHARED) {
            distance = levenshtein::distance(texts_a[i].chars(), texts_b[j].chars());
        }
        if distance <= usize::from(most) {
            pairs.push((i + 1, j + 1, distance));
        }
    }
    let seconds = began.elapsed().as_secs_f64();

    let mut file = BufWriter::new(File::create(out)?);
    writeln!(file, "a,b,score")?;
    for (i, j, distance) in pairs {
        writeln!(file, "{i},{j},{distance}")?;
    }
    file.flush()?;
    println!("{seconds} {}", env!("CARGO_PKG_VERSION"));
    Ok(())
}
