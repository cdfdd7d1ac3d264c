import json
from auth import Role
from tests.api import Api
from tests.factories import House

CREATE = "mutation($i: CreateNoteInput!) { createNote(input: $i) { note { id version } } }"

async def test_probe(api: Api, house: House) -> None:
    c = api.as_(Role.CLINICIAN, house.tenant, "practitioner-0")
    a = api.as_(Role.ADMIN, house.tenant, "x")
    p = house.gid("Patient", house.patients[0])
    n = house.gid("Note", await house.note())
    async def show(label, client, doc, **v):
        r = await client.post(doc, **v)
        print(label, r.status_code, r.text[:400])
    Q = "query($first: Int, $last: Int, $after: Cursor){ notes(first:$first,last:$last,after:$after){ edges { node { id } } } }"
    for v in [dict(first=-1), dict(first=10**6), dict(first=2**40), dict(first=1.5), dict(first="x"), dict(first=1,last=1), dict(after="x"), dict(after=""), dict(after="é☃"), dict(after=5), dict(after=[1]), dict(after={"a":1}), dict(after=True), dict(after="A")]:
        await show(v, c, Q, **v)
    for lit in ["first: -1", "first: 1000000", "first: 99999999999", "first: 1.5", 'first: "x"', "first: 1, last: 1", 'after: "x"', "after: 5", "after: [1]", "after: {a: 1}", "after: 1.5", "after: ENUM", 'filter: {search: "ab"}', 'filter: {search: "a\\u0000b"}', 'filter: {search: "a\\uD800b"}', 'filter: {effectiveFrom: "2026-01-01T00:00:00"}', 'filter: {effectiveFrom: "10000-01-01T00:00:00Z"}', 'filter: {effectiveFrom: 5}','filter: {effectiveFrom: [5]}', 'filter: {statuses: [NOPE]}', 'filter: {nope: 1}', 'orderBy: {field: NOPE}', 'nope: 1']:
        await show(lit, c, "{ notes(%s) { edges { node { id } } } }" % lit)
    U = "mutation($i: UpdateNoteInput!) { updateNote(input: $i) { note { id version } } }"
    for f in [dict(text=None), dict(facilityId=None), dict(category=None), dict(effectiveAt=None), dict(text=5), dict(expectedVersion=2**31), dict(text="a\0b"), dict(facilityId="é"), dict(facilityId=5), dict(idempotencyKey=""), dict(idempotencyKey="x"*201), dict(idempotencyKey="a\0")]:
        await show(f, c, U, i={"id": n, **f})
    for f in ["text: null", "facilityId: null", "effectiveAt: null", "category: null", 'effectiveAt: "x"', 'effectiveAt: "9999-12-31T23:00:00-10:00"', 'effectiveAt: 10']:
        await show(f, c, 'mutation { updateNote(input: {id: "%s", %s}) { note { id } } }' % (n, f))
    UP = "mutation($i: UpdatePatientInput!) { updatePatient(input: $i) { patient { id version } } }"
    for f in [dict(name=None), dict(mrn=None), dict(birthDate=None), dict(email=None), dict(facilityId=None), dict(timeZone=None), dict(timeZone="Mars/X"), dict(timeZone=5), dict(birthDate="10000-01-01"), dict(birthDate="2026-02-30"), dict(birthDate="2100-01-01"), dict(locale="xx_YY"), dict(name="a\nb"), dict(email="x"), dict(phone="123"), dict(mrn="x"*65)]:
        await show(f, a, UP, i={"id": p, **f})
    UR = "mutation($i: UpdatePractitionerInput!) { updatePractitioner(input: $i) { practitioner { id version } } }"
    for f in [dict(facilityIds=None), dict(facilityIds=[None]), dict(role=None), dict(facilityIds=["x"]), dict(facilityIds="x")]:
        await show(f, a, UR, i={"id": house.gid("Practitioner", house.practitioners[0]), **f})
    h = {"Authorization": f"Bearer {c.token}", "Content-Type": "application/json"}
    async def raw(label, content, **k):
        r = await api.http.post("/graphql", content=content, headers=h | k)
        print(label, r.status_code, dict(r.headers).get("content-type"), r.text[:300])
    await raw("surrogate", b'{"query":"mutation($i: CreateNoteInput!) { createNote(input: $i) { note { id } } }","variables":{"i":{"text":"\\ud800"}}}')
    await raw("latin", b'{"query":"\xff"}')
    for b in [b"", b"null", b"[]", b'"x"', b"5", b"{}", b'{"query":5}', b'{"query":null}', b'{"query":""}', b'{"query":"{viewer{role}}","variables":[]}', b'{"query":"{viewer{role}}","variables":"x"}',b'{"query":"{viewer{role}}","operationName":5}', b'{"query":"{viewer{role}}","operationName":"nope"}', b'{"query":"{viewer{role}}","extensions":5}', b'[{"query":"{viewer{role}}"}]', b'{"query":"{viewer{role}"}', b'{"query":"{nope}"}', b'{"query":"query A{viewer{role}} query B{viewer{role}}"}', b'{"query":"fragment A on Query{viewer{role}}"}', b'{"query":"subscription {x}"}', b'{"query":"{viewer{role}}","variables":{"x":1}}', b"{" * 100, b'{"query":"' + b"{a" * 5000 + b'"}', b'{"query":"{ notes(filter:{search:' + b"[" * 5000 + b"]" * 5000 + b'}) {totalCount} }"}']:
        await raw(b[:80], b)
    await raw("ct", b'{"query":"{viewer{role}}"}', **{"Content-Type": "text/plain"})
    await raw("form", b'query={viewer{role}}', **{"Content-Type": "application/x-www-form-urlencoded"})
    await raw("multi", b'--x--', **{"Content-Type": "multipart/form-data; boundary=x"})
    await raw("accept", b'{"query":"{viewer{role}}"}', Accept="multipart/mixed")
    await raw("accept", b'{"query":"subscription {x}"}', Accept="text/event-stream")
    await raw("big", json.dumps({"query": "{viewer{role}}", "variables": {"x": "x" * 1_100_000}}).encode())
    for path in ["/graphql?query=mutation{signNote(input:{id:\"x\"}){note{id}}}", "/graphql?query={viewer{role}}", "/graphql?query={viewer{role}}&variables=nope", "/graphql?query={viewer{role}}&variables=[1]", '/graphql?query={viewer{role}}&variables={"a":"\\ud800"}', '/graphql?query=query($s:String){patients(search:$s){totalCount}}&variables={"s":"ab\\ud800"}', '/graphql?query=query($s:ID!){node(id:$s){id}}&variables={"s":"ab\\ud800"}', '/graphql?query=query($s:Cursor){notes(after:$s){totalCount}}&variables={"s":"ab\\ud800"}', '/graphql?query=query($s:DateTime){notes(filter:{effectiveFrom:$s}){totalCount}}&variables={"s":"ab\\ud800"}', "/graphql?query=%ED%A0%80", "/graphql", "/nope", "/graphql/", "/", "/assets/nope.js", "/health/nope"]:
        r = await api.http.get(path, headers=h)
        print(path, r.status_code, r.headers.get("content-type"), r.text[:300])
    for m in ["PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"]:
        r = await api.http.request(m, "/graphql", headers=h)
        print(m, r.status_code, r.headers.get("content-type"), r.headers.get("allow"), r.text[:300])
    r = await api.http.post("/health/live", headers=h)
    print("post live", r.status_code, r.headers.get("content-type"), r.text[:300])
