//! Persons: name. Names with the same first letter are as alike as axb_jaro_winkler says; others are
//! not alike. See README.md for how to build it. Fields are read by number, as `FIELDS` lists them.
use std::ffi::c_char;
use std::ffi::c_void;
use std::slice::from_raw_parts;

/// axb_str: `n` bytes of UTF-8 at `p`, which is null for a missing field.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    p: *const u8,
    n: u32,
    id: u32,
}

/// axb_field: a column that the module reads.
#[repr(C)]
pub struct Field {
    side: u32, // 0: A, 1: B
    kind: u32, // 1: text, 2: number, 3: days
    column: *const c_char,
}

/// The arrays of one side, one for each of its fields.
type Rows = *const *const c_void;
type Prepare = extern "C" fn(Rows, u32, *mut c_void);

/// axb_module.
#[repr(C)]
pub struct Module {
    abi: u32,
    bytes: u32,
    fingerprint: u64, // 0: not checked
    n_fields: u32,
    flags: u32,
    fields: *const Field,
    run: extern "C" fn(Rows, u32, Rows, u32, u32, f64, *mut u32, *mut f64) -> u32,
    score: extern "C" fn(Rows, u32, Rows, u32) -> f64,
    condition: *const c_char, // as AXB_WHERE
    prepared_bytes: u64,
    prepare_a: Option<Prepare>,
    prepare_b: Option<Prepare>,
}
unsafe impl Sync for Module {}
unsafe impl Sync for Field {}

extern "C" {
    fn axb_jaro_winkler(a: Text, b: Text) -> f64;
}

/// The text of field 0 in row `i`.
fn name(rows: Rows, i: u32) -> Text {
    unsafe { *(*rows as *const Text).add(i as usize) }
}

fn first_letter(text: Text) -> Option<u8> {
    if text.n == 0 {
        return None;
    }
    let bytes = unsafe { from_raw_parts(text.p, text.n as usize) };
    Some(bytes[0].to_ascii_lowercase())
}

extern "C" fn score(a: Rows, i: u32, b: Rows, j: u32) -> f64 {
    let (x, y) = (name(a, i), name(b, j));
    match first_letter(x) {
        Some(letter) if Some(letter) == first_letter(y) => unsafe { axb_jaro_winkler(x, y) },
        _ => 0.0,
    }
}

/// Record `i` of A against the records `from <= j < to` of B: the hits, ascending, and how many.
extern "C" fn run(
    a: Rows, i: u32, b: Rows, from: u32, to: u32, min: f64, hits: *mut u32, scores: *mut f64,
) -> u32 {
    let mut found = 0;
    for j in from..to {
        let value = score(a, i, b, j);
        if value >= min {
            unsafe {
                *hits.add(found) = j;
                *scores.add(found) = value;
            }
            found += 1;
        }
    }
    found as u32
}

static FIELDS: [Field; 2] = [
    Field { side: 0, kind: 1, column: c"name".as_ptr() },
    Field { side: 1, kind: 1, column: c"name".as_ptr() },
];

#[no_mangle]
#[allow(non_upper_case_globals)]
pub static axb_scorer: Module = Module {
    abi: 1,
    bytes: std::mem::size_of::<Module>() as u32,
    fingerprint: 0,
    n_fields: 2,
    flags: 0,
    fields: FIELDS.as_ptr(),
    run,
    score,
    condition: std::ptr::null(),
    prepared_bytes: 0,
    prepare_a: None,
    prepare_b: None,
};
