"""Add to a wheel the licence texts of the libraries that auditwheel has put into it.

    python add_licences.py WHEEL

Each library comes from a Debian package, whose file /usr/share/doc/PACKAGE/copyright is copied to
licenses/bundled/PACKAGE.txt in the wheel's metadata. A library whose package is not found ends this with an error: a
wheel without these texts must not be given to others. Used by make-wheel.
"""

import base64
import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path


def original_path(name: str) -> Path:
    """Return where the loader finds the library that auditwheel calls ``libz-1a2b3c4d.so.1``."""
    plain = re.sub(r"-[0-9a-f]{8}(?=\.so)", "", name)
    soname = re.match(r".*\.so(\.\d+)?", plain)
    known = subprocess.run(["/sbin/ldconfig", "-p"], check=True, capture_output=True, text=True).stdout
    for line in known.splitlines():
        words = line.split()
        if soname and words and words[0] in (plain, soname.group()):
            return Path(words[-1])
    raise SystemExit(f"{name}: ldconfig knows no such library")


def package_of(path: Path) -> str:
    """Return the Debian package that the file belongs to."""
    real = str(path.resolve())
    for spelling in (real, real.removeprefix("/usr"), "/usr" + real):
        found = subprocess.run(["dpkg", "-S", spelling], check=False, capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    raise SystemExit(f"{real} belongs to no Debian package")


def texts_for(names: list[str]) -> dict[str, bytes]:
    """Return the licence text of each package that one of these bundled libraries comes from."""
    bundled = {name.split("/")[1] for name in names if re.match(r"axb\.libs/[^/]+\.so", name)}
    packages = sorted({package_of(original_path(name)) for name in bundled})
    return {package: Path("/usr/share/doc", package, "copyright").read_bytes() for package in packages}


def add(wheel: Path) -> int:
    """Rewrite the wheel with the texts; return how many there are."""
    with zipfile.ZipFile(wheel) as old:
        entries = [(info, old.read(info)) for info in old.infolist()]
    names = [info.filename for info, _ in entries]
    record = next(name for name in names if name.endswith(".dist-info/RECORD"))
    texts = texts_for(names)
    lines = ""
    whole = wheel.with_suffix(".tmp")
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as new:
        for package, text in texts.items():
            name = f"{Path(record).parent}/licenses/bundled/{package}.txt"
            digest = base64.urlsafe_b64encode(hashlib.sha256(text).digest()).rstrip(b"=").decode()
            lines += f"{name},sha256={digest},{len(text)}\n"
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o644 << 16
            new.writestr(info, text, zipfile.ZIP_DEFLATED)
        for info, data in entries:
            new.writestr(info, data + lines.encode() if info.filename == record else data, zipfile.ZIP_DEFLATED)
    whole.replace(wheel)
    return len(texts)


if __name__ == "__main__":
    print(f"{add(Path(sys.argv[1]))} licence texts of bundled libraries were added")
