import 'swagger-ui-dist/swagger-ui.css'
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js'

SwaggerUI({
  dom_id: '#docs',
  url: '/openapi.json',
  // The library would ask a public site to judge the document.
  validatorUrl: null,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  deepLinking: true,
  // A long document is drawn where one looks, so that the browser's own search finds less.
  filter: true,
})
