import { useEffect, useState } from "react";

/** A tenant of the demo data, and a token of each role in it. */
export interface DemoTenant {
  name: string;
  slug: string;
  tokens: Record<string, string>;
}

/** What `serve --demo` offers to its own machine; nothing elsewhere. */
export function useDemoTenants(): DemoTenant[] {
  const [tenants, setTenants] = useState<DemoTenant[]>([]);
  useEffect(() => {
    void fetch("/demo/tokens")
      .then((response) => response.json())
      .then(setTenants, () => {});
  }, []);
  return tenants;
}
