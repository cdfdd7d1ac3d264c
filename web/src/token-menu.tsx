import { useDemoTenants } from "./demo-tokens";
import { reloadWith } from "./token";

/** Who to be, of those that the demo data offers; nothing where it offers none. */
export function TokenMenu() {
  const tenants = useDemoTenants();
  if (tenants.length === 0) return null;
  return (
    <select
      className="token-menu"
      aria-label="Act as somebody of the demo data"
      value=""
      onChange={({ target }) => reloadWith(target.value)}
    >
      <option value="" disabled>
        Act as…
      </option>
      {tenants.map(({ name, slug, tokens }) => (
        <optgroup key={slug} label={name}>
          {Object.entries(tokens).map(([role, token]) => (
            <option key={role} value={token}>
              {role}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}
