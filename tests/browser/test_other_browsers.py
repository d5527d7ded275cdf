"""The main paths of the page in Firefox and WebKit: tests/js/main-paths.test.js."""

import os
import shutil
import subprocess

import pytest

from chatsite.environment import BASE_DIR
from tests.support.browser.site import PEOPLE
from tests.support.ports import free_port

ANSWER = """\
| Place | High |
|---|---:|
| Brest | 6 m |

It is $e^{x^2}$ metres high.

```python
print("noon")
```
"""


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["firefox", "webkit"])
def test_main_paths_work(engine, site_address, provider):
    provider.script(text=ANSWER, deltas=20)
    environment = {
        "ENGINE": engine,
        "ADDRESS": site_address,
        "PASSWORD": PEOPLE["ada"],
        "FIREFOX": shutil.which("firefox-esr") or "",
        "WEBDRIVER_PORT": str(free_port()),
    }
    ran = subprocess.run(
        ["node", "--test", "--test-reporter=spec", "tests/js/main-paths.test.js"],
        cwd=BASE_DIR,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
