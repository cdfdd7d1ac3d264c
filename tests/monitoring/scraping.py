"""What a scrape says, as a dictionary."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

Samples = dict[str, dict[tuple[tuple[str, str], ...], float]]


class Scraped:
    """`scraped("name", label="x")` is a sample's value; 0 where there is none."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._samples: Samples = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                self._samples.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value

    def __call__(self, name: str, **labels: str) -> float:
        return self._samples.get(name, {}).get(tuple(sorted(labels.items())), 0.0)

    def total(self, name: str) -> float:
        return sum(self._samples.get(name, {}).values())

    def labels(self, name: str) -> list[dict[str, str]]:
        return [dict(each) for each in self._samples.get(name, {})]


async def scrape(http: httpx.AsyncClient, token: str | None = None, url: str = "/metrics") -> Scraped:
    response = await http.get(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    return Scraped(response.text)
