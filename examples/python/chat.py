# NOT RUN HERE: no Python client of OpenAI is to be had where this is tested.
#   pip install openai
#   BAILIWICK_URL=https://127.0.0.1:8081/v1 BAILIWICK_KEY=... SSL_CERT_FILE=ca.pem python chat.py
import os

from openai import APIStatusError, OpenAI

client = OpenAI(base_url=os.environ["BAILIWICK_URL"], api_key=os.environ["BAILIWICK_KEY"])
model = client.models.list().data[0].id
stream = client.chat.completions.create(
    model=model, messages=[{"role": "user", "content": "Name a city."}], max_tokens=32, seed=7, stream=True
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="")
print()
try:
    client.models.retrieve("no-such-model")
except APIStatusError as refused:
    print(f"refused: {refused.status_code} {refused.response.json()['error']['code']}")
