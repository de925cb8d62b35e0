from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.upload_file_base_64_request import UploadFileBase64Request
from ...models.upload_refusal import UploadRefusal
from ...models.upload_response import UploadResponse
from ...types import Response


def _get_kwargs(
    *,
    body: UploadFileBase64Request,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/file-upload/api/file-base64-upload",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> UploadRefusal | UploadResponse | None:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> UploadRefusal | UploadResponse:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_200_type_0 = UploadResponse.from_dict(data)

                return response_200_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            response_200_type_1 = UploadRefusal.from_dict(data)

            return response_200_type_1

        response_200 = _parse_response_200(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = UploadRefusal.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = UploadRefusal.from_dict(response.json())

        return response_401

    if response.status_code == 405:
        response_405 = UploadRefusal.from_dict(response.json())

        return response_405

    if response.status_code == 429:
        response_429 = UploadRefusal.from_dict(response.json())

        return response_429

    if response.status_code == 455:
        response_455 = UploadRefusal.from_dict(response.json())

        return response_455

    if response.status_code == 500:
        response_500 = UploadRefusal.from_dict(response.json())

        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[UploadRefusal | UploadResponse]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: UploadFileBase64Request,
) -> Response[UploadRefusal | UploadResponse]:
    """Upload a file as Base64

     For small files; above 10 MB use the stream. A file uploaded under a name that exists replaces it,
    after some delay.

    Args:
        body (UploadFileBase64Request):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[UploadRefusal | UploadRefusal | UploadResponse]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: UploadFileBase64Request,
) -> UploadRefusal | UploadResponse | None:
    """Upload a file as Base64

     For small files; above 10 MB use the stream. A file uploaded under a name that exists replaces it,
    after some delay.

    Args:
        body (UploadFileBase64Request):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        UploadRefusal | UploadRefusal | UploadResponse
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: UploadFileBase64Request,
) -> Response[UploadRefusal | UploadResponse]:
    """Upload a file as Base64

     For small files; above 10 MB use the stream. A file uploaded under a name that exists replaces it,
    after some delay.

    Args:
        body (UploadFileBase64Request):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[UploadRefusal | UploadRefusal | UploadResponse]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: UploadFileBase64Request,
) -> UploadRefusal | UploadResponse | None:
    """Upload a file as Base64

     For small files; above 10 MB use the stream. A file uploaded under a name that exists replaces it,
    after some delay.

    Args:
        body (UploadFileBase64Request):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        UploadRefusal | UploadRefusal | UploadResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
