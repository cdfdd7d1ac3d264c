// What Relay's compiler writes imports its like without `.js`, as bundlers allow.
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, next) => next(specifier.endsWith(".graphql") ? `${specifier}.js` : specifier, context),
});
