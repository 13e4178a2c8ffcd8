"""The build backend of matcher/python: scikit-build-core, at the root of the repository.

The package needs C sources from the whole repository, so its pyproject.toml stands at the root. Installers call a
backend in the folder that they were given; this one goes to the root first, and is no more than that.
"""

import os
from pathlib import Path

os.chdir(Path(__file__).resolve().parents[2])

from scikit_build_core.build import *  # noqa: E402, F403
