//! SymScan on two files of values: all pairs that at most K insertions, deletions and substitutions separate.
//!
//! usage: symscan-pairs A.csv B.csv levenshtein_distance K WORKERS PAIRS.csv      (see ../peer.py)
//!
//! SymScan reads ASCII alone. A distance does not depend on which characters stand for which, so this gives every
//! character that occurs an ASCII character of its own; it stops where more than 128 occur.

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

/// The column `text` of a file.
fn read(path: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let mut records = csv::Reader::from_path(path)?;
    let texts = records.deserialize().map(|row| row.map(|(text,)| text));
    Ok(texts.collect::<Result<_, csv::Error>>()?)
}

/// The texts with an ASCII character for each of theirs; `codes` grows by those that are new.
fn as_ascii(texts: &[String], codes: &mut HashMap<char, u8>) -> Result<Vec<String>, String> {
    let mut made = Vec::with_capacity(texts.len());
    for text in texts {
        let mut ascii = String::with_capacity(text.len());
        for c in text.chars() {
            let next = codes.len();
            let code = *codes.entry(c).or_insert(next as u8);
            if code > 127 {
                return Err("more than 128 characters occur, and SymScan reads ASCII alone".into());
            }
            ascii.push(code as char);
        }
        made.push(ascii);
    }
    Ok(made)
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [path_a, path_b, metric, most, workers, out] = &words[..] else {
        return Err(
            "usage: symscan-pairs A.csv B.csv levenshtein_distance K WORKERS PAIRS.csv".into(),
        );
    };
    if metric != "levenshtein_distance" {
        return Err(format!("SymScan has no {metric}").into());
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(workers.parse()?)
        .build_global()?;
    let mut codes = HashMap::new();
    let a = as_ascii(&read(path_a)?, &mut codes)?;
    let b = as_ascii(&read(path_b)?, &mut codes)?;

    let began = Instant::now();
    let found = symscan::get_neighbors_across(&a, &b, most.parse()?)?;
    let seconds = began.elapsed().as_secs_f64();

    let mut file = BufWriter::new(File::create(out)?);
    writeln!(file, "a,b,score")?;
    for k in 0..found.len() {
        writeln!(
            file,
            "{},{},{}",
            found.row[k] + 1,
            found.col[k] + 1,
            found.dists[k]
        )?;
    }
    file.flush()?;
    println!("{seconds} {}", env!("CARGO_PKG_VERSION"));
    Ok(())
}
