"""The sign-in page of a demo city says where its accounts stand; any other says nothing."""

from pathlib import Path

import pytest
from flask import Flask

from appeals.operations.city_preparation import DEMO_ACCOUNTS_FILE


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sign_in_page_of_a_demo_city_names_the_file_of_its_accounts(
    app: Flask, language: str
) -> None:
    file: Path = app.config["SETTINGS"].data_dir / DEMO_ACCOUNTS_FILE
    headers = {"Accept-Language": language}
    assert str(file) not in app.test_client().get("/sign-in", headers=headers).text
    file.write_text("[]")
    try:
        told = app.test_client().get("/sign-in", headers=headers).text
    finally:
        file.unlink()
    sentence = {
        "zh": f"这是示范城市，工作人员的用户名和密码在文件 {file} 中。",
        "en": f"The names and passwords of its staff are in the file {file}.",
    }
    assert sentence[language] in told
